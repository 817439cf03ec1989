// A pool of threads for any callable, usable without the rest of this project.
//
// A pool of `workers` makes workers - 1 threads; the last worker is the thread that waits: TaskGroup::wait(),
// Future::get() and parallel_for() run pending tasks until what they wait for is done, so tasks may submit
// tasks and wait for them to any depth. Posted tasks are run by the pool's threads even if no thread waits.
//
//   #include "backends/thread_pool/thread_pool.h"
//
//   ThreadPool pool(4);
//   auto answer = pool.submit([] { return 42; });            // a future
//   TaskGroup group(pool);
//   for (auto& part : parts) group.submit([&] { part.sort(); });
//   group.wait();                                            // rethrows the first exception
//   pool.parallel_for(0, n, [&](std::size_t i) { out[i] = f(in[i]); });
//   pool.post([] { log("no thread waits for this"); });
//
// Threads: any member of any class here may be called from any thread at any time, the pool's own tasks
// included; the exceptions are destruction, assignment and Future, which belong to one thread at a time.
//
// A call may run its task at once: always with one worker, so that it costs what a plain call does, and
// otherwise where the thread's ring is full (1024 tasks pending), which slows a fast submitter down. So a
// task must not wait for something that happens after its submission returned.
//
// A waiter may run any pending task on its own stack. So a task must not block, other than through this
// pool, on what another pending task will do, and a thread must not wait while it holds a lock that a
// task may take.
//
// How it works: task_ring.h (a ring of tasks a thread, stealing), loop.h (loops), sleepers.h (sleep and
// wake-up), fences.h (why a push or a pop is a plain store and a load), members.h (the threads).
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "backends/platform/affinity.h"
#include "backends/thread_pool/fences.h"
#include "backends/thread_pool/members.h"
#include "backends/thread_pool/sleepers.h"
#include "backends/thread_pool/task.h"

namespace breakeven {

template <class T>
class Future;

class alignas(128) ThreadPool {  // shares no cache line with its neighbours, such as a group
 public:
  // What an idle thread does. kSleep: it looks for work for some 20 us, then sleeps; waking it costs the
  // submitter 1 to 2 us, and it runs after 2 to 10. kHot: it keeps looking, so that the first task after
  // a pause begins at once, and its core is busy all the time; only where workers do not exceed cores,
  // else like kSleep.
  enum class Idle { kSleep, kHot };

  struct Settings {
    Idle idle = Idle::kSleep;
    Fences::Kind fences = Fences::Kind::kBest;
  };

  // Throws std::system_error when the threads cannot be made.
  explicit ThreadPool(unsigned workers, Settings settings);
  explicit ThreadPool(unsigned workers = available_cores()) : ThreadPool(workers, Settings{}) {}

  // Runs everything still pending, and what that submits in turn; then the threads end. No other thread may
  // still be in a call of this pool or of a group of it, and no task of the pool may destroy it.
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned workers() const noexcept { return workers_; }

  // 1 .. workers() - 1 on a thread of this pool, 0 on every other. So the tasks of one outside thread can use
  // one slot per worker without a lock, as long as no second outside thread uses the pool meanwhile.
  unsigned worker_index() const noexcept { return own_pool.pool == number_ ? own_pool.member->index : 0; }

  // The kernel's ids of the pool's threads.
  std::vector<pid_t> thread_ids() const;

  // What its threads did to each other so far: they grow with the workers where a pool does not scale. Exact where nothing
  // runs, a hint elsewhere.
  struct Counts {
    std::uint64_t steals = 0;    // attempts to take tasks of another's ring
    std::uint64_t joins = 0;     // loops that a thread took part in and had not begun
    std::uint64_t barriers = 0;  // interrupts of all threads, where they are shared: from five workers on
    std::uint64_t wake_ups = 0;
  };
  Counts counts() const;

  // Runs `callable` some time. An exception that leaves it ends the program, as it does in std::thread.
  template <class Callable>
  requires std::invocable<std::decay_t<Callable>>
  void post(Callable&& callable);

  // The same; the future gets the result, or the exception.
  template <class Callable>
  requires std::invocable<std::decay_t<Callable>> Future<std::invoke_result_t<std::decay_t<Callable>>> submit(
      Callable&& callable);

  // Returns at a moment at which nothing is pending that was posted or submitted to the pool itself, running tasks
  // until then. Not from such a task, which would wait for itself.
  void wait_all();

  // body(i) for every i in [first, last). Returns when all are done; rethrows the first exception, after
  // which workers soon begin no new chunk. `grain` indices are handed out at once, or more while they take some ns; 0:
  // shrinking parts of a worker's range, so that unequal tasks end together.
  template <std::invocable<std::size_t> Body>
  void parallel_for(std::size_t first, std::size_t last, Body&& body, std::size_t grain = 0);

  // The same with body(begin, end), a part of [first, last): of at most `grain` indices, or more where no
  // other worker could take them (one worker).
  template <std::invocable<std::size_t, std::size_t> Body>
  void parallel_for_ranges(std::size_t first, std::size_t last, Body&& body, std::size_t grain = 0);

  // map(begin, end) of parts of [first, last), put together by combine(T, T) from `identity` on, in the order of the
  // parts. These have `grain` indices (0: a 256th of all), so that the result is the same for any number of workers,
  // also of sums of floating-point numbers. Rethrows the first exception.
  template <class T, class Map, class Combine>
  requires std::is_invocable_r_v<T, Map&, std::size_t, std::size_t> &&
      std::is_invocable_r_v<T, Combine&, T, T>
          T parallel_reduce(std::size_t first, std::size_t last, T identity, Map&& map, Combine&& combine,
                            std::size_t grain = 0);

 private:
  friend class TaskGroup;
  template <class T>
  friend class Future;

  // Between two looks around. Each may take the cache line away from the thread that writes it.
  static constexpr std::chrono::nanoseconds kLook{200};

  enum class Found { kRan, kSaw, kNothing };  // kSaw: tasks that are not worth a steal, or not yet

  // The calling thread's place in this pool.
  Member& self() {
    if (visited_pool.pool == number_) return *visited_pool.member;
    if (own_pool.pool == number_) return *own_pool.member;
    return visit(number_, members_);
  }

  template <class Callable>
  void push(Member& self, Callable&& callable, TaskGroup* group);
  void run(Member& self, Task& task);
  void flush(Member& self);

  // Runs tasks until `done`, whose last change is followed by notify_waiters(key), or until `deadline`. Returns
  // whether it is done.
  template <class Done>
  bool wait_for(const void* key, Done done, Deadline deadline = std::nullopt);
  bool wait_until(const void* key, const std::atomic<bool>& flag, Deadline deadline);
  bool all_completed() const noexcept;
  void notify_waiters(const void* key) noexcept {
    if (sleepers_.any_waiter()) [[unlikely]]
      sleepers_.wake(key);
  }

  bool nothing_to_steal_here() { return self().ring.position().size() <= 0; }

  template <class Done>
  Found look_around(Member& self, Done done);
  std::size_t steal(Member& self, Member& victim, Task& task, bool all);
  bool join_loop(Member& self, Member& host);
  void run_woken(Member& self, Loop& loop, Loop::Body body, std::size_t count, unsigned wanted);
  void pass_wake_on();
  bool any_visible() const noexcept;
  bool may_spin() const noexcept;
  bool spare_core() const noexcept;
  void work(unsigned index);
  void stop() noexcept;
  void run_loop(std::size_t count, std::size_t grain, Loop::Body body, void* context, bool exact);
  template <class Body>
  void run_ranges(std::size_t first, std::size_t last, Body& body, std::size_t grain, bool exact);

  const unsigned workers_;
  const unsigned cores_;
  const Settings settings_;
  const std::uint64_t number_ = new_pool_number();
  const std::int64_t few_;  // tasks in a ring that are left to their owner
  const std::chrono::nanoseconds longest_backoff_;
  CombinedStep barriers_;
  const Fences fences_;
  const std::shared_ptr<Members> members_;  // shared with threads that may end after the pool
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_ = false;  // released by the destructor, acquired by the threads
  Sleepers sleepers_;
};

}  // namespace breakeven

#include "backends/thread_pool/future.h"      // IWYU pragma: export
#include "backends/thread_pool/task_group.h"  // IWYU pragma: export

namespace breakeven {

// Makes the task in the ring. A full ring: it runs here, a few deep, beyond which the ring grows.
template <class Callable>
void ThreadPool::push(Member& self, Callable&& callable, TaskGroup* group) {
  constexpr unsigned kMostNested = 16;
  // Counted before it can be done; relaxed, since the task carries the order, through its ring to its counting.
  if (group == nullptr)
    self.posted.store(self.posted.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  void* slot = self.ring.free_slot();
  if (slot == nullptr) [[unlikely]] {
    if (self.depth < kMostNested) {
      Task task(std::forward<Callable>(callable), group);
      ++self.depth;
      run(self, task);
      flush(self);  // the thread may never come to wait
      --self.depth;
      return;
    }
    self.ring.grow();
    slot = self.ring.free_slot();
  }
  ::new (slot) Task(std::forward<Callable>(callable), group);
  self.ring.push(fences_);
  // Who submits to a group will wait for it, and work meanwhile; who posts may be about to sleep.
  if (sleepers_.wake_is_due()) [[unlikely]]
    sleepers_.wake_one(group != nullptr);
}

template <class Callable>
requires std::invocable<std::decay_t<Callable>>
void ThreadPool::post(Callable&& callable) {
  if (workers_ == 1) {
    [&]() noexcept { std::decay_t<Callable>(std::forward<Callable>(callable))(); }();
    return;
  }
  push(
      self(),
      [callable = std::decay_t<Callable>(std::forward<Callable>(callable))]() mutable noexcept {
        std::move(callable)();
      },
      nullptr);
}

template <class T, class Map, class Combine>
requires std::is_invocable_r_v<T, Map&, std::size_t, std::size_t> && std::is_invocable_r_v<T, Combine&, T, T>
    T ThreadPool::parallel_reduce(std::size_t first, std::size_t last, T identity, Map&& map,
                                  Combine&& combine, std::size_t grain) {
  constexpr std::size_t kParts = 256;
  if (first >= last) return identity;
  if (grain == 0) grain = (last - first + kParts - 1) / kParts;
  std::vector<std::optional<T>> parts((last - first - 1) / grain + 1);
  parallel_for(0, parts.size(), [&](std::size_t part) {
    const auto begin = first + part * grain;
    parts[part].emplace(map(begin, begin + std::min(grain, last - begin)));
  });
  T result = std::move(identity);
  for (auto& part : parts) result = combine(std::move(result), std::move(*part));
  return result;
}

template <std::invocable<std::size_t> Body>
void ThreadPool::parallel_for(std::size_t first, std::size_t last, Body&& body, std::size_t grain) {
  const auto loop = [&body](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) body(i);
  };
  run_ranges(first, last, loop, grain, false);
}

template <std::invocable<std::size_t, std::size_t> Body>
void ThreadPool::parallel_for_ranges(std::size_t first, std::size_t last, Body&& body, std::size_t grain) {
  run_ranges(first, last, body, grain, true);
}

template <class Body>
void ThreadPool::run_ranges(std::size_t first, std::size_t last, Body& body, std::size_t grain, bool exact) {
  if (first >= last) return;
  if (workers_ == 1) {
    body(first, last);
    return;
  }
  const auto shifted = [&body, first](std::size_t begin, std::size_t end) {
    body(first + begin, first + end);
  };
  const Loop::Body call = [](void* context, std::size_t begin, std::size_t end) {
    (*static_cast<decltype(shifted)*>(context))(begin, end);
  };
  run_loop(last - first, grain, call, const_cast<void*>(static_cast<const void*>(&shifted)), exact);
}

}  // namespace breakeven
