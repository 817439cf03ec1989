// The two ends of every message, whatever carries it: the executor in a worker, and the caller's inbox.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "backends/fork_pool/task_set.h"

namespace breakeven::fork_pool {

// Consecutive tasks that travel together.
struct Chunk {
  std::size_t first = 0;
  std::size_t count = 0;
};

// Of each input in a message: where inputs differ, the others are padded to the largest, and the pool makes messages of such as
// are alike.
inline std::size_t message_input_size(const TaskSet& tasks, Chunk chunk) {
  if (!tasks.varies()) return tasks.input_size();
  std::size_t largest = 0;
  for (auto task = chunk.first; task != chunk.first + chunk.count; ++task)
    largest = std::max(largest, tasks.input_bytes(task));
  return largest;
}

// What a worker says about itself, in memory that it shares with the caller whatever the transport: which
// task it was running when it died, how long a task has been running, and how many tasks are still ahead of
// the worker. Written by the worker only. It costs a few plain stores per task; a question through the
// transport would cost a wake-up.
struct alignas(kFalseSharingRange) WorkerStatus {
  std::atomic<std::uint64_t> running = 0;  // the task + 1, or 0 between tasks
  std::atomic<std::uint64_t> begun = 0;    // tasks begun since the fork
  std::atomic<std::int64_t> since_ns = 0;  // steady clock when `running` began; only with a deadline
};

// The worker's side of a task: runs the function and keeps the status.
class Executor {
 public:
  Executor(const Function& function, WorkerStatus& status, bool timed)
      : function_(function), status_(status), timed_(timed) {}

  Result run(std::size_t task, Bytes input, MutableBytes output) noexcept {
    // Release, so that a caller that sees the task sees its beginning. On x86 all of these are plain stores.
    if (timed_) status_.since_ns.store(now_ns(), std::memory_order_relaxed);
    status_.begun.store(++begun_, std::memory_order_relaxed);
    status_.running.store(task + 1, std::memory_order_release);
    auto result = run_task(function_, input, output);
    status_.running.store(0, std::memory_order_release);
    return result;
  }

  static std::int64_t now_ns() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

 private:
  const Function& function_;
  WorkerStatus& status_;
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

}  // namespace breakeven::fork_pool
