// One run of a task set: which worker gets which tasks when, and what happens to them when a worker
// dies. One thread.
//
// Invariant: each task is in exactly one place: in `pending_`, in some worker's `owed`, or ended (done,
// failed or lost); `open_` counts those that have not ended.
//
// A worker gets tasks well ahead, since the caller may be busy with a long task of its own when the
// worker has no more; what was sent too early is taken back at the end, so the tail is one task long and
// not one supply.
#pragma once

#include <chrono>

#include "backends/fork_pool/pool/worker_set.h"

namespace breakeven::fork_pool {

class Dispatcher final : public Inbox {
 public:
  Dispatcher(WorkerSet& workers, TaskSet& tasks, std::size_t chunk);
  Outcome run();

 private:
  using Clock = std::chrono::steady_clock;

  // --- dispatch
  void service();           // moves messages both ways
  void run_own_tasks();     // the caller runs tasks until a worker needs service
  bool may_run_own_task();  // rather than wait for its workers
  bool needs_service(Clock::time_point now) const;
  void finish_transfers();    // before a long task of the caller's own
  bool transferring() const;  // whether a worker waits for the caller to move bytes

  // --- supply. `outstanding`: tasks that nobody has begun
  void size_messages();
  void supply();                                         // to workers that run low
  bool supply(unsigned index, std::size_t outstanding);  // one message, if it is due
  bool serve_first(unsigned last, std::size_t outstanding);
  void supply_idle_workers();                   // from the others' supplies
  void give(unsigned index, std::size_t most);  // tasks, as one message
  bool take_back(
      std::size_t beyond = 0);   // from the worker with the largest supply, of more than `beyond` tasks
  Chunk take(std::size_t most);  // from pending_
  Chunk prepared(Chunk chunk);
  bool runs_low(unsigned index, std::size_t outstanding) const;
  std::size_t message_tasks(std::size_t outstanding) const;
  std::size_t supply_target(std::size_t outstanding) const;
  std::size_t ahead(unsigned index) const;  // tasks sent to a worker that it has not begun
  std::size_t ahead_of_its_task(unsigned index) const;
  std::size_t not_begun() const;  // tasks
  void estimate_task_time(std::size_t outstanding);
  std::size_t tasks_within(Clock::duration time) const;
  bool coarse() const;

  // --- faults
  void stop_outdated_workers();  // where workers cannot see the memory of these tasks
  void fork_missing();
  void reap(unsigned index);
  void lose_pending();  // no worker is left to run what is pending
  void enforce_deadline();
  void check_workers();  // finds those that died or stopped unnoticed
  bool due() const;      // whether check_workers() is
  bool due(Clock::time_point now) const;
  std::chrono::nanoseconds longest_wait() const;  // how long to sleep at most

  // --- Inbox
  std::optional<MutableBytes> slot(unsigned index, std::size_t task) override;
  void deliver(unsigned index, std::size_t task, const Result& result) override;

  bool has_process(unsigned index) const { return workers_[index].process.exists(); }
  unsigned processes() const;
  bool idle(unsigned index) const { return has_process(index) && workers_[index].owed.empty(); }

  WorkerSet& workers_;
  Transport& transport_;
  TaskSet& tasks_;
  const std::size_t chunk_;  // 0: the pool chooses
  const bool caller_works_;
  bool caller_helps_;           // caller_works_, and it did not leave the last tasks to its workers
  const std::size_t contexts_;  // that run tasks, the caller included where it works
  // To what a task takes, where tasks are more than contexts, and each of these has a core: else whoever waits leaves its core to
  // another.
  const bool adapts_;
  const bool task_time_known_;       // from an earlier run
  std::size_t largest_message_ = 1;  // tasks
  std::size_t largest_supply_ = 1;   // tasks
  bool revocable_ = false;           // whether messages can be taken back

  std::vector<Chunk> pending_;  // the next at the end
  std::size_t pending_tasks_ = 0;
  std::size_t open_;
  std::size_t stride_ = 1;                      // tasks that the caller runs between two looks at the clock
  std::size_t own_count_ = 0;                   // tasks that the caller ran
  Clock::duration own_time_{};                  // and what they took
  Clock::time_point began_;                     // once all workers were there
  Clock::time_point service_began_, serviced_;  // begin and end of the last service
  Clock::duration service_time_{};
  unsigned last_dead_ = 0;
  ExitStatus last_exit_;
  Outcome outcome_;
};

}  // namespace breakeven::fork_pool
