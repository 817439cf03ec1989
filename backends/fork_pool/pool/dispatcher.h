// One run of a batch: who gets which tasks when, and what becomes of them when a worker dies. One thread.
//
// Invariant: each task of the batch is in exactly one place: in `pending_`, in some worker's `owed`, or ended
// (done, failed or lost); `open_` counts those that have not ended.
//
// A worker is kept supplied well ahead, since the caller may be busy with a long task of its own when the
// worker runs dry; what was sent too early is taken back at the end, so the tail is one task long and not one
// supply.
#pragma once

#include <chrono>

#include "backends/fork_pool/pool/crew.h"

namespace breakeven::fork_pool {

class Dispatcher final : public Inbox {
 public:
  Dispatcher(Crew& crew, Batch& batch, std::size_t chunk);
  Outcome run();

 private:
  using Clock = std::chrono::steady_clock;

  // --- dispatch
  Chunk take(std::size_t most);                          // from pending_
  void supply();                                         // to workers that run low
  bool supply(unsigned index, std::size_t outstanding);  // one message, if it is due
  std::size_t message_tasks(std::size_t outstanding) const;
  std::size_t supply_target(std::size_t outstanding) const;
  std::size_t ahead(unsigned index) const;  // tasks sent to a worker that it has not begun
  bool take_back();                         // from the worker with the largest supply
  void feed_the_idle();                     // from the others' supplies
  void help();                              // the caller runs tasks until a worker wants attention
  bool wanted(Clock::time_point now) const;
  void service();  // moves messages both ways

  // --- faults
  void dismiss_the_blind();  // workers that cannot see this batch's memory
  void hire_missing();
  void bury(unsigned index);
  void abandon();  // nobody is left to run what is pending
  void enforce_deadline();
  void look_after_all();  // finds those that died or stopped without a word
  bool due() const;       // for that
  bool due(Clock::time_point now) const;
  std::chrono::nanoseconds patience() const;  // how long to sleep at most

  // --- Inbox
  std::optional<MutableBytes> slot(unsigned index, std::size_t task) override;
  void deliver(unsigned index, std::size_t task, const Result& result) override;

  bool employed(unsigned index) const { return crew_[index].process.exists(); }
  unsigned employed() const;
  bool idle(unsigned index) const { return employed(index) && crew_[index].owed.empty(); }

  Crew& crew_;
  Transport& transport_;
  Batch& batch_;
  const std::size_t chunk_;  // 0: ours to choose
  const bool caller_works_;
  const std::size_t workers_;        // the caller included where it works
  std::size_t largest_message_ = 1;  // tasks
  std::size_t largest_supply_ = 1;   // tasks
  bool revocable_ = false;           // whether messages can be taken back

  std::vector<Chunk> pending_;  // the next at the end
  std::size_t pending_tasks_ = 0;
  std::size_t open_;
  std::size_t stride_ = 1;      // tasks that the caller runs between two looks at the clock
  Clock::time_point serviced_;  // end of the last service
  Clock::duration service_time_{};
  unsigned last_dead_ = 0;
  End last_end_;
  Outcome outcome_;
};

}  // namespace breakeven::fork_pool
