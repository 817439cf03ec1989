// The worker's side of the streams: keeps its buffers, and holds small results back for a moment so that one
// system call carries many.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "backends/fork_pool/messages/buffer.h"
#include "backends/fork_pool/messages/stream.h"

namespace breakeven::fork_pool {
namespace {

// A broken stream has no caller behind it any more, so no message can be sent.
[[noreturn]] void leave() { ::_exit(0); }

class ResultSender {
 public:
  explicit ResultSender(int fd) : fd_(fd) {}

  void add(std::size_t task, const Result& result, Bytes output) {
    Bytes body = output.first(result.bytes);
    ResultHeader header{task, body.size()};
    if (result.failed) {
      body = std::as_bytes(std::span(result.message))
                 .first(std::min(result.message.size(), ResultHeader::kLongestMessage));
      header.length = body.size() | ResultHeader::kFailed;
    }
    if (used_ + sizeof header + body.size() > kHeld) flush();
    store(header, held_, used_);
    used_ += sizeof header;
    if (used_ + body.size() > kHeld) return write_through(body);
    std::ranges::copy(body, held_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += body.size();
  }

  // At the end of a message. The caller reads progress from the worker's status, so results can
  // wait for others.
  void end_message() {
    const auto now = Executor::now_ns();
    if (now - flushed_ns_ < kHoldNs) return;
    flush();
    flushed_ns_ = now;
  }

  void flush() { write_through({}); }

 private:
  static constexpr std::size_t kHeld = 32768;
  static constexpr std::int64_t kHoldNs = 1000'000;

  // The header stands in the buffer already; a large body goes out from where it is.
  void write_through(Bytes body) {
    std::array<iovec, 2> parts = {iovec{held_.data(), used_},
                                  iovec{const_cast<std::byte*>(body.data()), body.size()}};
    auto left = used_ + body.size();
    while (left != 0) {
      const auto written = ::writev(fd_, parts.data(), 2);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) leave();
      left -= static_cast<std::size_t>(written);
      auto skip = static_cast<std::size_t>(written);
      for (auto& part : parts) {
        const auto here = std::min(skip, part.iov_len);
        part.iov_base = static_cast<std::byte*>(part.iov_base) + here;
        part.iov_len -= here;
        skip -= here;
      }
    }
    used_ = 0;
  }

  int fd_;
  std::int64_t flushed_ns_ = 0;
  std::size_t used_ = 0;
  std::array<std::byte, kHeld> held_;
};

class RequestReceiver {
 public:
  RequestReceiver(int fd, ResultSender& results) : fd_(fd), results_(results) {}

  // False when the caller has closed.
  bool read(MutableBytes into) {
    while (!into.empty()) {
      if (begin_ == end_ && into.size() < staged_.size()) {
        begin_ = 0;
        end_ = receive(staged_);
        if (end_ == 0) return false;
      }
      std::size_t got = std::min(into.size(), end_ - begin_);
      if (got != 0) {
        std::memcpy(into.data(), staged_.data() + begin_, got);
        begin_ += got;
      } else {
        got = receive(into);
        if (got == 0) return false;
      }
      into = into.subspan(got);
    }
    return true;
  }

 private:
  // Never blocks in the read itself, since results must not be held while the worker is out of work.
  std::size_t receive(MutableBytes into) {
    while (true) {
      const auto count = ::read(fd_, into.data(), into.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EAGAIN && errno != EINTR) leave();
      results_.flush();
      pollfd watched = {fd_, POLLIN, 0};
      ::poll(&watched, 1, -1);
    }
  }

  int fd_;
  ResultSender& results_;
  std::size_t begin_ = 0, end_ = 0;
  std::array<std::byte, 8192>
      staged_;  // holds a packet of a pipe, of which the kernel drops what is not read
};

}  // namespace

void serve_stream(int requests, int results, Executor& executor) {
  ResultSender writer(results);
  RequestReceiver reader(requests, writer);
  Buffer inputs, outputs;
  RequestHeader header;
  while (reader.read(std::as_writable_bytes(std::span(&header, 1)))) {
    const auto input = inputs.first(header.input_size);
    const auto output = outputs.first(header.output_capacity);
    for (auto task = header.first; task != header.first + header.count; ++task) {
      if (!reader.read(input)) return;
      writer.add(task, executor.run(task, input, output), output);
    }
    writer.end_message();
  }
}

}  // namespace breakeven::fork_pool
