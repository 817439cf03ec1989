// Requests in a ring: a header and the inputs of consecutive tasks, or where those stand in memory. What the
// worker has not begun to read can be taken back.
#pragma once

#include <deque>
#include <optional>

#include "backends/fork_pool/messages/buffer.h"
#include "backends/fork_pool/messages/endpoints.h"
#include "backends/fork_pool/messages/ring_link.h"

namespace breakeven::fork_pool::ring {

// The caller's end.
//
// Taking back: a message is claimed by storing its position + 1 in `claimed` and then reading its tag again;
// it is revoked by storing 0 as its tag and then reading `claimed`. All four are seq_cst, so at least one
// side sees the other. If both do, the message is the worker's: it is put back, and claimed again.
class RequestWriter {
 public:
  explicit RequestWriter(const Link& link) : link_(link), space_(link.requests) {}

  bool idle() const { return next_ == end_; }
  // Whether a message can be begun.
  bool ready() { return idle() && space_.reaches(at_ + kCacheLine); }
  // Whether the message that was begun can go on.
  bool can_go_on() { return !idle() && fits(); }

  // Only when ready. `attached`: what is in memory is the caller's, and the worker moves it.
  void begin(const TaskSet& tasks, Chunk chunk, const std::optional<Layout>& in_memory, bool attached);
  void go_on();
  std::optional<Chunk> take_back();  // the newest message, unless the worker has begun to read it
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Posted {
    Chunk chunk;
    std::uint64_t at;
    std::uint64_t bytes;  // of all messages before it
  };

  std::size_t unit() const;    // bytes that are written at once: an input, or a piece of it
  std::uint64_t body() const;  // where they go
  bool fits() { return space_.reaches(body() + unit()); }
  bool write();  // what fits of the inputs; whether that is all
  void finish();
  void publish(std::uint64_t begin, std::uint64_t tag);
  void clear_ahead();

  Link link_;
  FreeSpace space_;
  const TaskSet* tasks_ = nullptr;
  std::size_t input_size_ = 0;          // of each input in this message
  std::size_t next_ = 0, end_ = 0;      // tasks whose inputs are not written
  std::size_t within_ = 0;              // bytes of the next input that are
  std::uint64_t at_ = 0;                // behind the last whole message
  std::uint64_t body_ = 0;              // behind what is written of this one
  std::uint64_t cleared_ = kCacheLine;  // from at_ to here each line begins with 0
  std::deque<Posted> posted_;           // of these only the last ones may be unclaimed
  std::uint64_t bytes_ = 0;
};

struct Message {
  std::size_t first = 0, count = 0;
  std::size_t input_size = 0, output_capacity = 0;
  std::optional<Layout> in_memory;
  bool attached = false;  // that memory is the caller's
};

// The worker's end.
class RequestReader {
 public:
  explicit RequestReader(const Link& link) : link_(link) {}

  Message next();                 // waits for a message and claims it; gives back the one before
  Bytes input(std::size_t size);  // of the next task, in the ring or copied; waits for it
  void done();                    // with that input

 private:
  void give_back();
  void wait_for(std::uint64_t end);
  Bytes copied(std::size_t size);

  Link link_;
  std::uint64_t at_ = 0;          // behind what was read
  std::uint64_t given_back_ = 0;  // what `consumed` says
  bool whole_ = false;
  Buffer buffer_;
};

}  // namespace breakeven::fork_pool::ring
