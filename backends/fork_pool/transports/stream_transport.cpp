// A transport over byte streams: per worker one channel for requests and one for results.
//
// Where a channel can keep small requests apart as packets (pipes: O_DIRECT), each read gets exactly one, so
// the caller can read back one that the worker has not reached. The caller keeps both ends of the request
// channel: so no write can raise SIGPIPE, and a worker's death shows as the end of its results.
#include "backends/fork_pool/transports/stream_transport.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <system_error>

#include "backends/fork_pool/messages/stream.h"

namespace breakeven::fork_pool {
namespace {

// One worker's two channels, as the caller sees them.
struct WorkerStreams {
  Channel requests, results;
  bool packets_work = false;  // a kernel or sandbox may not know them
  bool packets = false;       // the request pipe holds nothing but whole packets
  RequestSender sender;
  ResultReceiver receiver;
};

class StreamTransport final : public Transport {
 public:
  StreamTransport(unsigned workers, Channel (*make)(), bool packets)
      : make_(make), packets_(packets), streams_(workers) {}

  void open(unsigned worker) override {
    auto streams = std::make_unique<WorkerStreams>();
    streams->requests = make_();
    streams->results = make_();
    // The worker's read end of the requests shares its flags with ours, so it does not block either.
    ::fcntl(streams->requests.read.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(streams->results.read.get(), F_SETFL, O_NONBLOCK);
    streams->packets_work =
        packets_ && ::fcntl(streams->requests.write.get(), F_SETFL, O_NONBLOCK | O_DIRECT) == 0;
    streams->packets = streams->packets_work;
    if (!streams->packets_work) ::fcntl(streams->requests.write.get(), F_SETFL, O_NONBLOCK);
    streams_[worker] = std::move(streams);
  }

  std::vector<int> worker_descriptors(unsigned worker) const override {
    return {streams_[worker]->requests.read.get(), streams_[worker]->results.write.get()};
  }

  void forked(unsigned worker) override { streams_[worker]->results.write.reset(); }

  void close(unsigned worker) noexcept override {
    if (streams_[worker]) bytes_of_closed_ += streams_[worker]->receiver.bytes();
    streams_[worker].reset();
  }

  std::size_t revocable_bytes() const override { return packets_ ? PIPE_BUF - sizeof(RequestHeader) : 0; }

  bool ready(unsigned worker) override { return streams_[worker]->sender.idle(); }
  bool receiving(unsigned worker) override { return streams_[worker]->receiver.in_a_body(); }

  void post(unsigned worker, TaskSet& tasks, Chunk chunk) override {
    auto& streams = *streams_[worker];
    choose_mode(streams, request_bytes(tasks, chunk) <= PIPE_BUF);
    streams.sender.begin(tasks, chunk);
    bytes_sent_ += streams.sender.send(streams.requests.write.get());
  }

  std::optional<Chunk> take_back(unsigned worker) override {
    const auto& streams = *streams_[worker];
    if (!streams.packets) return std::nullopt;
    std::array<std::byte, PIPE_BUF> packet;
    ssize_t count = 0;
    do {
      count = ::read(streams.requests.read.get(), packet.data(), packet.size());
    } while (count < 0 && errno == EINTR);
    if (count < static_cast<ssize_t>(sizeof(RequestHeader))) return std::nullopt;
    bytes_sent_ -= static_cast<std::uint64_t>(count);
    const auto header = load<RequestHeader>(packet);
    return Chunk{header.first, header.count};
  }

  bool advance(unsigned worker, Inbox& inbox) override {
    auto& streams = *streams_[worker];
    bytes_sent_ += streams.sender.send(streams.requests.write.get());
    return streams.receiver.receive(streams.results.read.get(), worker, inbox);
  }

  bool wait(std::chrono::nanoseconds limit) override {
    watched_.clear();
    for (const auto& streams : streams_) {
      if (!streams) continue;
      watched_.push_back({streams->results.read.get(), POLLIN, 0});
      if (!streams->sender.idle()) watched_.push_back({streams->requests.write.get(), POLLOUT, 0});
    }
    const timespec timeout = {limit.count() / 1'000'000'000, limit.count() % 1'000'000'000};
    return ::ppoll(watched_.data(), watched_.size(), &timeout, nullptr) != 0;
  }

  std::uint64_t bytes_moved() const override {
    auto bytes = bytes_sent_ + bytes_of_closed_;
    for (const auto& streams : streams_) bytes += streams ? streams->receiver.bytes() : 0;
    return bytes;
  }

  void serve(unsigned worker, Executor& executor) override {
    auto& streams = *streams_[worker];
    serve_stream(streams.requests.read.get(), streams.results.write.get(), executor);
  }

 private:
  // A read that meets a packet behind stream bytes cuts off what does not fit its buffer, so packets may
  // follow a stream only once the worker has read all of it.
  static void choose_mode(WorkerStreams& streams, bool fits_a_packet) {
    const bool packets = streams.packets_work && fits_a_packet;
    if (packets == streams.packets) return;
    int unread = 0;
    if (packets && (::ioctl(streams.requests.read.get(), FIONREAD, &unread) != 0 || unread != 0)) return;
    ::fcntl(streams.requests.write.get(), F_SETFL, packets ? O_NONBLOCK | O_DIRECT : O_NONBLOCK);
    streams.packets = packets;
  }

  Channel (*const make_)();
  const bool packets_;
  std::vector<std::unique_ptr<WorkerStreams>> streams_;
  std::vector<pollfd> watched_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_of_closed_ = 0;
};

}  // namespace

Descriptor above_standard_streams(Descriptor given) {
  if (given.get() > STDERR_FILENO) return given;
  const int moved = ::fcntl(given.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0) throw std::system_error(errno, std::generic_category(), "fcntl");
  return Descriptor(moved);
}

std::unique_ptr<Transport> make_stream_transport(unsigned workers, Channel (*make)(), bool packets) {
  return std::make_unique<StreamTransport>(workers, make, packets);
}

}  // namespace breakeven::fork_pool
