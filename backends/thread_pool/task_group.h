// Tasks of a pool that are waited for together. Included by thread_pool.h.
#pragma once

#include <chrono>
#include <concepts>
#include <utility>

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

  // A task for each i in [first, last), which calls callable(i). They lie in the ring as ranges, of which the back half
  // is split off whenever the thread that runs one has nothing else that others could steal (lazy binary splitting: A.
  // Tzannes, G. C. Caragea, R. Barua, U. Vishkin, PPoPP 2010), so that few of them are pushed. The callable is copied
  // for each range, and its calls may run at the same time.
  template <class Callable>
  requires std::invocable < const std::decay_t<Callable>
  &, std::size_t > &&std::copy_constructible<std::decay_t<Callable>> void submit_each(std::size_t first,
                                                                                      std::size_t last,
                                                                                      Callable&& callable);

  // Returns when all are done. Rethrows the first exception of a task; the group can then be used anew.
  void wait();

  // The same, but gives up at the deadline: false then, and the group goes on. It may return later, by a task that it
  // began to run.
  bool wait_until(std::chrono::steady_clock::time_point deadline);
  bool wait_for(std::chrono::nanoseconds limit) {
    return wait_until(std::chrono::steady_clock::now() + limit);
  }

  // Tasks of the group that have not begun never do; those that run may ask cancelled(). Holds until wait() returns.
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  friend class ThreadPool;

  using Count = std::atomic<std::size_t>;

  template <class Callable>
  struct Range;
  template <class Callable>
  void run_here(Callable& callable) noexcept;  // keeps the exception for wait()
  template <class Callable>
  void push(Callable&& callable);  // counted

  void join() {
    if (owner_ != nullptr && !done()) wait_until_done(std::nullopt);
  }
  bool wait_until_done(Deadline deadline);

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
  const Member* const owner_;            // nullptr: one worker, everything was done on the spot
  FirstError error_;                     // published by the counting of the task that threw
  std::atomic<bool> cancelled_ = false;  // a hint to the tasks: nothing is published by it
  alignas(128) Count submitted_by_owner_ = 0;
  Count done_by_owner_ = 0;
  alignas(128) Count submitted_by_others_ = 0;
  Count done_by_others_ = 0;
};

template <class Callable>
void TaskGroup::run_here(Callable& callable) noexcept {
  try {
    Callable once = std::move(callable);  // ends here, before wait() can return
    if (!cancelled()) std::move(once)();
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
  push([this, own = std::move(own)]() mutable noexcept { run_here(own); });
}

template <class Callable>
void TaskGroup::push(Callable&& callable) {
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
    pool_.push(self, std::forward<Callable>(callable), this);
  } catch (...) {  // no memory: wait() must not wait for what is not queued
    count_done(self, 1, pool_.fences_);
    pool_.notify_waiters(this);
    throw;
  }
}

template <class Callable>
struct TaskGroup::Range {
  TaskGroup* group;
  std::size_t first, last;
  Callable callable;

  void operator()() noexcept {
    while (first < last && !group->cancelled()) {
      if (group->owner_ != nullptr && last - first > 1 && group->pool_.nothing_to_steal_here()) {
        const std::size_t middle = last - (last - first) / 2;
        try {
          group->push(Range{group, middle, last, callable});
          last = middle;
        } catch (...) {  // no memory: it runs them all itself
        }
      }
      try {
        std::as_const(callable)(first);
      } catch (...) {
        group->error_.keep();
      }
      ++first;
    }
  }
};

template <class Callable>
requires std::invocable < const std::decay_t<Callable>
&, std::size_t >
       &&std::copy_constructible<std::decay_t<Callable>> void TaskGroup::submit_each(std::size_t first,
                                                                                     std::size_t last,
                                                                                     Callable&& callable) {
  if (first >= last) return;
  Range<std::decay_t<Callable>> all{this, first, last, std::forward<Callable>(callable)};
  if (owner_ == nullptr) {
    all();
  } else {
    push(std::move(all));
  }
}

}  // namespace breakeven
