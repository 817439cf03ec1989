// The caller's side of the streams: nothing here blocks.
#include <algorithm>
#include <cerrno>
#include <limits>

#include "backends/fork_pool/messages/stream.h"

namespace breakeven::fork_pool {

std::size_t request_bytes(const TaskSet& tasks, Chunk chunk) {
  return sizeof(RequestHeader) + chunk.count * message_input_size(tasks, chunk);
}

void RequestSender::begin(const TaskSet& tasks, Chunk chunk) {
  input_size_ = message_input_size(tasks, chunk);
  const RequestHeader header{chunk.first, chunk.count, input_size_, tasks.output_capacity()};
  tasks_ = &tasks;
  next_ = chunk.first;
  end_ = chunk.first + (header.input_size == 0 ? 0 : chunk.count);
  within_ = 0;
  store(header, staged_);
  staged_begin_ = 0;
  staged_end_ = sizeof header;
}

// Copies inputs behind the header, or into the empty buffer, while they are small and fit.
void RequestSender::stage() {
  if (staged_begin_ == staged_end_) staged_begin_ = staged_end_ = 0;
  while (next_ != end_ && staged_end_ + input_size_ <= staged_.size()) {
    std::ranges::copy(tasks_->input(next_++).first(input_size_),
                      staged_.begin() + static_cast<std::ptrdiff_t>(staged_end_));
    staged_end_ += input_size_;
  }
}

// What is staged, then large inputs from their slots; neighbours in memory become one part.
int RequestSender::gather(std::span<iovec> parts) const {
  std::size_t used = 0;
  if (staged_begin_ != staged_end_) {
    parts[used++] = {const_cast<std::byte*>(staged_.data()) + staged_begin_, staged_end_ - staged_begin_};
  }
  if (small()) return static_cast<int>(used);
  auto skip = within_;
  for (auto task = next_; task != end_; ++task, skip = 0) {
    const auto input = tasks_->input(task).subspan(skip, input_size_ - skip);
    auto* data = const_cast<std::byte*>(input.data());  // writev only reads
    if (used != 0 && static_cast<std::byte*>(parts[used - 1].iov_base) + parts[used - 1].iov_len == data) {
      parts[used - 1].iov_len += input.size();
    } else if (used == parts.size()) {
      break;
    } else {
      parts[used++] = {data, input.size()};
    }
  }
  return static_cast<int>(used);
}

void RequestSender::consume(std::size_t bytes) {
  const auto staged = std::min(bytes, staged_end_ - staged_begin_);
  staged_begin_ += staged;
  if (bytes == staged) return;
  within_ += bytes - staged;
  next_ += within_ / input_size_;
  within_ %= input_size_;
}

std::size_t RequestSender::send(int fd) {
  std::size_t sent = 0;
  while (!idle()) {
    if (small()) stage();
    std::array<iovec, 32> parts;
    const auto written = ::writev(fd, parts.data(), gather(parts));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;  // full, or broken: then the results end too
    consume(static_cast<std::size_t>(written));
    sent += static_cast<std::size_t>(written);
  }
  return sent;
}

bool ResultReceiver::open_body(unsigned worker, Inbox& inbox, const ResultHeader& header) {
  const auto slot = inbox.slot(worker, header.task);
  const auto length = header.length & ~ResultHeader::kFailed;
  task_ = header.task;
  result_.failed = header.length != length;
  const auto capacity = result_.failed ? ResultHeader::kLongestMessage : slot ? slot->size() : 0;
  if (!slot || length > capacity) return false;
  result_.message.clear();
  if (result_.failed) result_.message.resize(length);
  result_.bytes = result_.failed ? 0 : length;
  body_ = result_.failed ? reinterpret_cast<std::byte*>(result_.message.data()) : slot->data();
  body_left_ = length;
  return true;
}

void ResultReceiver::fill_body(const std::byte* from, std::size_t bytes) {
  if (bytes == 0) return;  // an empty output may have no address
  std::memcpy(body_, from, bytes);
  body_ += bytes;
  body_left_ -= bytes;
}

void ResultReceiver::close_body(unsigned worker, Inbox& inbox) {
  body_ = nullptr;
  inbox.deliver(worker, task_, result_);
}

bool ResultReceiver::parse(unsigned worker, Inbox& inbox) {
  std::size_t at = 0;
  while (held_ - at >= sizeof(ResultHeader) && body_left_ == 0) {
    if (!open_body(worker, inbox, load<ResultHeader>(staged_, at))) return false;
    at += sizeof(ResultHeader);
    const auto here = std::min(body_left_, held_ - at);
    fill_body(staged_.data() + at, here);
    at += here;
    if (body_left_ == 0) close_body(worker, inbox);
  }
  held_ -= at;
  if (at != 0 && held_ != 0) std::memmove(staged_.data(), staged_.data() + at, held_);
  return true;
}

bool ResultReceiver::receive(int fd, unsigned worker, Inbox& inbox) {
  while (true) {
    // The rest of an output straight into its slot, and whatever follows into the buffer.
    const std::array<iovec, 2> parts = {iovec{body_, body_left_},
                                        iovec{staged_.data() + held_, staged_.size() - held_}};
    const auto wanted = parts[0].iov_len + parts[1].iov_len;
    const auto read = ::readv(fd, parts.data(), 2);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return errno == EAGAIN;
    if (read == 0) return false;
    const auto count = static_cast<std::size_t>(read);
    bytes_ += count;
    const auto into_body = std::min(count, body_left_);
    if (into_body != 0) {
      body_ += into_body;
      body_left_ -= into_body;
      if (body_left_ == 0) close_body(worker, inbox);
    }
    held_ += count - into_body;
    if (!parse(worker, inbox)) return false;
    if (count < wanted) return true;  // the next call would find nothing
  }
}

}  // namespace breakeven::fork_pool
