// Requests and results as messages on byte streams: what any transport over file descriptors speaks.
//
// A request is a header and the inputs of its tasks; the answer is, for each task in order, a header and
// either its output or the message of its failure. The caller's side never blocks and moves bytes
// straight between descriptor and slot; small ones pass a fixed buffer, since a system call or an iovec
// each would cost more.
#pragma once

#include <sys/uio.h>

#include <array>
#include <string>
#include <vector>

#include "backends/fork_pool/messages/endpoints.h"

namespace breakeven::fork_pool {

struct RequestHeader {
  std::uint64_t first, count;                 // tasks
  std::uint64_t input_size, output_capacity;  // bytes, of each
};

struct ResultHeader {
  std::uint64_t task;
  std::uint64_t length;  // of the output or, with kFailed set, of the message
  static constexpr std::uint64_t kFailed = std::uint64_t{1} << 63;
  static constexpr std::size_t kLongestMessage = 4096;
};

std::size_t request_bytes(const TaskSet& tasks, Chunk chunk);

// The caller's end for one worker's requests; one at a time.
class RequestSender {
 public:
  bool idle() const { return staged_begin_ == staged_end_ && next_ == end_; }
  void begin(const TaskSet& tasks, Chunk chunk);  // only when idle
  // Writes until everything is sent or the kernel takes no more. Returns the bytes written.
  std::size_t send(int fd);

 private:
  static constexpr std::size_t kSmallInput = 512;

  bool small() const { return input_size_ <= kSmallInput; }
  void stage();
  int gather(std::span<iovec> parts) const;
  void consume(std::size_t bytes);

  const TaskSet* tasks_ = nullptr;
  std::size_t input_size_ = 0;      // of each input in this message
  std::size_t next_ = 0, end_ = 0;  // tasks whose input is neither sent nor staged
  std::size_t within_ = 0;          // bytes of next_ that are sent
  std::size_t staged_begin_ = 0, staged_end_ = 0;
  std::array<std::byte, 16384> staged_;
};

// The caller's end for one worker's results.
class ResultReceiver {
 public:
  // Reads and delivers what has arrived. False at the end of the stream, or where it is malformed.
  bool receive(int fd, unsigned worker, Inbox& inbox);
  std::uint64_t bytes() const { return bytes_; }
  bool in_a_body() const { return body_left_ != 0; }

 private:
  bool parse(unsigned worker, Inbox& inbox);
  bool open_body(unsigned worker, Inbox& inbox, const ResultHeader& header);
  void fill_body(const std::byte* from, std::size_t bytes);
  void close_body(unsigned worker, Inbox& inbox);

  std::uint64_t bytes_ = 0;
  std::size_t task_ = 0;
  Result result_;
  std::byte* body_ = nullptr;  // where the next byte of the current result goes
  std::size_t body_left_ = 0;  // bytes until it is complete
  std::size_t held_ = 0;       // bytes in staged_ that are not yet understood
  std::array<std::byte, 8192> staged_;
};

// The worker's side: answers requests until the stream ends. `requests` does not block, `results` does.
void serve_stream(int requests, int results, Executor& executor);

}  // namespace breakeven::fork_pool
