// Results in a ring: for each task in order a header and its output, or the message of its failure; no output
// where it is in the caller's memory already.
#pragma once

#include "backends/fork_pool/messages/attach.h"
#include "backends/fork_pool/messages/buffer.h"
#include "backends/fork_pool/messages/endpoints.h"
#include "backends/fork_pool/messages/ring_link.h"

namespace breakeven::fork_pool::ring {

// The worker's end. Small results are published several at a time: the first one's tag last, since a reader
// stops at it.
class ResultWriter {
 public:
  explicit ResultWriter(const Link& link) : link_(link), space_(link.results) {}

  // Runs a task with its output in the ring where that is large enough.
  void run(Executor& executor, std::size_t task, Bytes input, std::size_t capacity);
  // Runs a task whose output stands in memory that the caller sees.
  void run(Executor& executor, std::size_t task, Bytes input, MutableBytes output);
  // Runs a task on copies of the caller's memory, and copies its output there. Addresses are the caller's.
  struct Remote {
    const std::byte* input;
    std::size_t input_size;
    std::byte* output;
    std::size_t capacity;
  };
  void run(Executor& executor, std::size_t task, const AttachedMemory& caller, const Remote& remote);
  void publish();  // everything so far

 private:
  void wait_for_room(std::uint64_t end);
  void add(std::size_t task, const Result& result, std::uint64_t body, std::uint64_t flags);
  void add_failure(std::size_t task, const Result& result, std::size_t capacity);
  void stream(std::size_t task, Bytes output, std::size_t capacity);  // in pieces

  Link link_;
  FreeSpace space_;
  std::uint64_t at_ = 0;        // behind the last result
  std::uint64_t held_at_ = 0;   // of the first that is not published
  std::uint64_t held_tag_ = 0;  // its tag; 0: all are
  unsigned held_ = 0;           // how many
  Buffer buffer_, input_;
};

// The caller's end.
class ResultReader {
 public:
  explicit ResultReader(const Link& link) : link_(link) {}

  bool waiting() const;  // something can be read; by seq_cst loads
  // Reads and delivers what is there. False where it is malformed.
  bool receive(unsigned worker, Inbox& inbox);
  std::uint64_t bytes() const { return bytes_; }
  bool in_a_body() const { return open_; }

 private:
  bool open(unsigned worker, Inbox& inbox, std::uint64_t tag);
  bool fill();  // the body, as far as it is there; whether it is complete
  void give_back();

  Link link_;
  std::uint64_t at_ = 0;          // behind what was read
  std::uint64_t given_back_ = 0;  // what `consumed` says
  std::uint64_t bytes_ = 0;
  bool open_ = false, whole_ = false;  // a result whose body is being read
  std::size_t task_ = 0;
  Result result_;
  MutableBytes body_;  // where the rest of it goes
};

}  // namespace breakeven::fork_pool::ring
