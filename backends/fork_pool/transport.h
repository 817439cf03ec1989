// What a transport does: carry chunks of tasks to forked workers, and their results back. One file each.
//
// The pool decides who runs what and what a death means; a transport only moves messages. A transport over
// file descriptors frames them with stream.h and sleeps in poll; one over shared memory keeps rings (ring.h)
// and sleeps on a futex (sleeper.h).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/contract/region.h"
#include "backends/fork_pool/fork_pool.h"

namespace breakeven::fork_pool {

// Consecutive tasks that travel together.
struct Chunk {
  std::size_t first = 0;
  std::size_t count = 0;
};

// What a worker says about itself, in memory that it shares with the caller whatever the transport: who was
// to blame for a death, how long a task has been running, and how many tasks are still ahead of the worker.
// Written by the worker only. It costs a few plain stores per task; asking through the transport would cost a
// wake-up.
struct alignas(kFalseSharingRange) Board {
  std::atomic<std::uint64_t> running = 0;  // the task + 1, or 0 between tasks
  std::atomic<std::uint64_t> begun = 0;    // tasks begun since the fork
  std::atomic<std::int64_t> since_ns =
      0;  // steady clock when `running` began; only where there is a deadline
};

// The worker's side of a task: runs the function and keeps the board.
class Executor {
 public:
  Executor(const Function& function, Board& board, bool timed)
      : function_(function), board_(board), timed_(timed) {}

  Result run(std::size_t task, Bytes input, MutableBytes output) noexcept {
    // Release, so that whoever sees the task sees its beginning. On x86 all of these are plain stores.
    if (timed_) board_.since_ns.store(now_ns(), std::memory_order_relaxed);
    board_.begun.store(++begun_, std::memory_order_relaxed);
    board_.running.store(task + 1, std::memory_order_release);
    auto result = call(function_, input, output);
    board_.running.store(0, std::memory_order_release);
    return result;
  }

  static std::int64_t now_ns() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

 private:
  const Function& function_;
  Board& board_;
  bool timed_;
  std::uint64_t begun_ = 0;
};

// The caller's side of a result: what the pool tells a transport, and learns from it.
class Inbox {
 public:
  virtual ~Inbox() = default;
  // Where the result of `task` goes, or nullopt if it is not the next that this worker owes: then its
  // messages cannot be trusted any more.
  virtual std::optional<MutableBytes> slot(unsigned worker, std::size_t task) = 0;
  virtual void deliver(unsigned worker, std::size_t task, const Result& result) = 0;
};

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
  // Sends a chunk, or begins to: advance goes on with it. Only when ready.
  virtual void post(unsigned worker, Batch& batch, Chunk chunk) = 0;
  // A message that the worker has not begun to read, out of its hands for good; nullopt if there is none.
  virtual std::optional<Chunk> take_back(unsigned worker) = 0;
  // Moves what can be moved. False when the worker's side is closed or broken, after all that it had sent. A
  // transport may not see a death: the pool looks for those itself.
  virtual bool advance(unsigned worker, Inbox& inbox) = 0;
  // Sleeps until an open connection can advance; false after `limit` without that. A signal ends it early.
  virtual bool wait(std::chrono::nanoseconds limit) = 0;
  virtual std::uint64_t bytes_moved() const = 0;  // since the beginning

  // --- the worker: serves until the caller closes
  virtual void serve(unsigned worker, Executor& executor) = 0;
};

// By name; transports.cpp lists them.
std::vector<std::string> transport_names();
// What a transport needs of a batch's memory. kPrivate: nothing, since it carries every byte. kShared: it is
// seen by processes forked after it was made, and workers forked before are replaced. kInherited: workers
// read it as it was when they were forked, so they are forked for each run. std::invalid_argument
Memory transport_memory(const std::string& name);
struct TransportPlan {
  unsigned workers = 1;        // forked ones
  std::size_t task_bytes = 0;  // of the larger payload of a task, where that is known: for buffers that fit
  bool caller_works = false;   // so what its workers can do for it gains time
};
std::unique_ptr<Transport> make_transport(const std::string& name,
                                          const TransportPlan& plan);  // std::invalid_argument

}  // namespace breakeven::fork_pool
