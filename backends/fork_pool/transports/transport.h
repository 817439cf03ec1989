// What a transport does: carry chunks of tasks to forked workers, and their results back. One file each.
//
// The pool decides which worker runs what and what a death means; a transport only moves messages. A
// transport over file descriptors frames them with stream.h and sleeps in poll; one over shared memory keeps
// rings (ring.h) and sleeps on a futex (event_count.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/fork_pool/messages/endpoints.h"
#include "backends/platform/region.h"

namespace breakeven::fork_pool {

class Transport {
 public:
  virtual ~Transport() = default;

  // --- the caller; `worker` counts the forked ones from 0. None of these blocks but wait.
  virtual void open(unsigned worker) = 0;  // before the fork; throws std::system_error
  virtual std::vector<int> worker_descriptors(unsigned worker) const = 0;  // that the worker keeps
  virtual void forked(unsigned worker) = 0;                                // gives up the worker's side
  virtual void close(unsigned worker) noexcept = 0;  // the worker sees the end and leaves

  // A message of up to so many bytes of input can be taken back while the worker has not begun to read it.
  virtual std::size_t revocable_bytes() const = 0;
  virtual bool ready(unsigned worker) = 0;  // nothing waits to be sent
  // A part of a result has come, and its worker waits until the rest is fetched. A transport whose results are small, or
  // that cannot tell, says false.
  virtual bool receiving(unsigned) { return false; }
  // Whether the caller copies the inputs of such tasks.
  virtual bool copies_input(const TaskSet&) const { return true; }
  // Sends a chunk, or begins to: advance goes on with it. Only when ready.
  virtual void post(unsigned worker, TaskSet& tasks, Chunk chunk) = 0;
  // Takes back a message that the worker has not begun to read, and never will; nullopt if there is none.
  virtual std::optional<Chunk> take_back(unsigned worker) = 0;
  // Moves what can be moved. False when the worker's side is closed or broken, after all that it had sent. A
  // transport may not see a death: the pool checks for those itself.
  virtual bool advance(unsigned worker, Inbox& inbox) = 0;
  // Sleeps until an open connection can advance; false after `limit` without that. A signal ends it early.
  virtual bool wait(std::chrono::nanoseconds limit) = 0;
  virtual std::uint64_t bytes_moved() const = 0;  // since the beginning

  // --- the worker: serves until the caller closes
  virtual void serve(unsigned worker, Executor& executor) = 0;
};

// By name; transports.cpp lists them.
std::vector<std::string> transport_names();
// What a transport needs of a task set's memory. kPrivate: nothing, since it carries every byte. kShared: it
// is seen by processes forked after it was made, and workers forked before are replaced. kInherited: workers
// read it as it was when they were forked, so they are forked for each run. std::invalid_argument
Memory transport_memory(const std::string& name);
struct TransportPlan {
  unsigned workers = 1;        // forked ones
  std::size_t task_bytes = 0;  // of the larger payload of a task, where that is known: for buffers that fit
  bool caller_works = false;   // so what its workers can do for it gains time
};
// Throws std::invalid_argument for an unknown name.
std::unique_ptr<Transport> make_transport(const std::string& name, const TransportPlan& plan);

}  // namespace breakeven::fork_pool
