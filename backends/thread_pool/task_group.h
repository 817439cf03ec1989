// Tasks of a pool that are waited for together. Included by thread_pool.h.
#pragma once

#include "backends/thread_pool/first_error.h"
#include "backends/thread_pool/thread_pool.h"

namespace breakeven {

// The destructor waits too, and drops an exception that wait() did not rethrow.
//
// A task is counted when it is submitted and again when it is done; the group is done when both counts
// agree. Each count has two parts: one that only the owner (the thread that made the group) writes, with
// plain stores, and one for every other thread. Invariant: done <= submitted at any moment, and both only
// grow. So a thread that reads `done` first, `submitted` after it, and finds them equal knows that all was
// done at the moment between.
class alignas(128) TaskGroup {
 public:
  explicit TaskGroup(ThreadPool& pool) : pool_(pool), owner_(pool.workers() == 1 ? nullptr : &pool.self()) {}
  ~TaskGroup() { join(); }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Also from tasks of this group. Callables of up to 40 bytes are stored without an allocation.
  template <class Callable>
  requires std::invocable<std::decay_t<Callable>>
  void submit(Callable&& callable);

  // Returns when all are done. Rethrows the first exception of a task; the group can then be used anew.
  void wait();

 private:
  friend class ThreadPool;

  using Count = std::atomic<std::size_t>;

  template <class Callable>
  void run_here(Callable& callable) noexcept;  // keeps the exception for wait()

  void join() {
    if (owner_ != nullptr && !done()) wait_until_done();
  }
  void wait_until_done();

  // The group may be destroyed as soon as its last task is counted here.
  void count_done(const Member& runner, std::size_t tasks, const Fences& fences) noexcept {
    if (&runner == owner_) {
      // Release: with the acquire in done(), the waiter sees what the tasks wrote. store_often, since the
      // look for a sleeping waiter follows.
      fences.store_often(done_by_owner_, done_by_owner_.load(std::memory_order_relaxed) + tasks);
    } else {
      done_by_others_.fetch_add(tasks, std::memory_order_seq_cst);  // and releases
    }
  }
  bool is_owned_by(const Member& member) const noexcept { return owner_ == &member; }

  bool done() const noexcept {
    const auto done = Fences::load(done_by_owner_) + Fences::load(done_by_others_);
    // Each submission that a counted task could know of happened before that count's release.
    const auto submitted = submitted_by_owner_.load(std::memory_order_acquire) +
                           submitted_by_others_.load(std::memory_order_acquire);
    return done == submitted;
  }

  ThreadPool& pool_;
  const Member* const owner_;  // nullptr: one worker, everything was done on the spot
  FirstError error_;           // published by the counting of the task that threw
  alignas(128) Count submitted_by_owner_ = 0;
  Count done_by_owner_ = 0;
  alignas(128) Count submitted_by_others_ = 0;
  Count done_by_others_ = 0;
};

template <class Callable>
void TaskGroup::run_here(Callable& callable) noexcept {
  try {
    Callable once = std::move(callable);  // ends here, before wait() can return
    std::move(once)();
  } catch (...) {
    error_.keep();
  }
}

template <class Callable>
requires std::invocable<std::decay_t<Callable>>
void TaskGroup::submit(Callable&& callable) {
  std::decay_t<Callable> own(std::forward<Callable>(callable));
  if (owner_ == nullptr) {
    run_here(own);
    return;
  }
  Member& self = pool_.self();
  // Counted before it can be done. Relaxed, since the task carries the order: through its ring,
  // to its counting.
  const bool by_owner = &self == owner_;
  if (by_owner) {
    submitted_by_owner_.store(submitted_by_owner_.load(std::memory_order_relaxed) + 1,
                              std::memory_order_relaxed);
  } else {
    submitted_by_others_.fetch_add(1, std::memory_order_relaxed);
  }
  try {
    pool_.push(
        self, [this, own = std::move(own)]() mutable noexcept { run_here(own); }, this);
  } catch (...) {  // no memory: wait() must not wait for what is not queued
    count_done(self, 1, pool_.fences_);
    pool_.notify_waiters(this);
    throw;
  }
}

}  // namespace breakeven
