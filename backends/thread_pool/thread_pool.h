// A pool of threads for any callable, usable without the rest of this project.
//
// A pool of `workers` makes workers - 1 threads; the last worker is whoever waits: TaskGroup::wait(),
// Future::get() and parallel_for() run pending tasks until what they wait for is done, so tasks may submit
// tasks and wait for them to any depth. What is only posted is run by the pool's threads, with nobody
// waiting.
//
//   ThreadPool pool(4);
//   auto answer = pool.submit([] { return 42; });            // a future
//   TaskGroup group(pool);
//   for (auto& part : parts) group.submit([&] { part.sort(); });
//   group.wait();                                            // rethrows the first exception
//   pool.parallel_for(0, n, [&](std::size_t i) { out[i] = f(in[i]); });
//   pool.post([] { log("nobody waits for this"); });
//
// Threads: any member of any class here may be called from any thread at any time, the pool's own tasks
// included; the exceptions are destruction, assignment and Future, which belong to one thread at a time.
//
// With one worker there is no thread: every call runs its work at once, on the spot, so that it costs what a
// plain call does. A task must then not wait for something that happens after its submission returned.
//
// A waiter may run any pending task on its own stack. So a task must not block, other than through this pool,
// on what another pending task will do, and no lock may be held over a wait if a task could want it too.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "backends/thread_pool/platform.h"
#include "backends/thread_pool/task.h"

namespace breakeven {

template <class T>
class Future;

class alignas(128) ThreadPool {  // no line is shared with what stands beside it, such as a group
 public:
  // Throws std::system_error when the threads cannot be made.
  explicit ThreadPool(unsigned workers = available_cores());

  // Runs everything still pending, and what that submits in turn; then the threads end. Nobody else may still
  // be in a call of this pool or of a group of it, and no task of the pool may be its destroyer.
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned workers() const noexcept { return static_cast<unsigned>(queues_.size()); }

  // 1 .. workers() - 1 on a thread of this pool, 0 on every other. So the tasks of one outside thread can
  // keep one slot per worker without a lock, as long as no second outside thread uses the pool meanwhile.
  unsigned worker_index() const noexcept;

  // The kernel's ids of the pool's threads.
  std::vector<pid_t> thread_ids() const;

  // Fire and forget. An exception that leaves `callable` ends the program, as it does in std::thread.
  template <class Callable>
  requires std::invocable<std::decay_t<Callable>>
  void post(Callable&& callable);

  // The result, or the exception, comes through the future.
  template <class Callable>
  requires std::invocable<std::decay_t<Callable>> Future<std::invoke_result_t<std::decay_t<Callable>>> submit(
      Callable&& callable);

  // body(i) for every i in [first, last). Returns when all are done; rethrows the first exception, after
  // which no new chunk is begun. `grain` indices are handed out at once; 0: shrinking
  // shares of what is left, so that unequal tasks end together.
  template <std::invocable<std::size_t> Body>
  void parallel_for(std::size_t first, std::size_t last, Body&& body, std::size_t grain = 0);

  // The same with body(begin, end), a part of [first, last): of `grain` indices, or more where nobody else
  // could take them (one worker).
  template <std::invocable<std::size_t, std::size_t> Body>
  void parallel_for_ranges(std::size_t first, std::size_t last, Body&& body, std::size_t grain = 0);

 private:
  friend class TaskGroup;
  template <class T>
  friend class Future;

  // How many things somebody waits for are still to come. Whoever brings it to 0 may be the last to touch it:
  // a waiter is found by its address, which is not dereferenced any more.
  using Countdown = std::atomic<std::size_t>;

  // Tasks of one thread (index 0: of all outside threads). Its owner takes the newest, thieves the oldest.
  struct alignas(128) Queue {
    std::mutex mutex;
    std::deque<Task> tasks;             // under the mutex
    std::atomic<std::size_t> size = 0;  // written under the mutex; read without it only as a hint
  };

  struct Sleeper {
    const Countdown* awaited;  // nullptr: a thread of the pool, which waits only for tasks
    std::condition_variable woken;
    enum { kNo, kForTask, kForCountdown } why = kNo;
  };

  void push(Task task);
  bool run_one();  // false: found no task
  static bool take_newest(Queue& queue, Task& task);
  bool steal(unsigned thief, Task& task);
  void wait_for(const Countdown& countdown);
  void finish_one(Countdown& countdown) noexcept;

  void work(unsigned index);
  void stop() noexcept;
  bool any_queued_hint() const noexcept;
  bool any_queued();
  bool sleep_until_woken(const Countdown* awaited);
  void wake_one();
  void wake_waiters(const Countdown* countdown) noexcept;

  using RangeBody = void (*)(void* context, std::size_t begin, std::size_t end);
  void run_ranges(std::size_t count, std::size_t grain, RangeBody body, void* context);

  const bool spins_;  // only where every worker has a core
  std::vector<Queue> queues_;
  std::vector<std::thread> threads_;
  std::vector<std::atomic<pid_t>> thread_ids_;  // 0 until the thread has begun
  std::atomic<bool> stopping_ = false;

  std::mutex sleep_mutex_;
  std::vector<Sleeper*> sleeping_;         // under sleep_mutex_
  std::atomic<std::size_t> sleepers_ = 0;  // size of sleeping_, written under its mutex
};

// Tasks that are waited for together. Every task writes its counter, hence the alignment. Its destructor
// waits too, and drops an exception that nobody fetched.
class alignas(128) TaskGroup {
 public:
  explicit TaskGroup(ThreadPool& pool) : pool_(pool) {}
  ~TaskGroup() { pool_.wait_for(pending_); }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Also from tasks of this group. Callables of up to 48 bytes are stored without an allocation.
  template <class Callable>
  requires std::invocable<std::decay_t<Callable>>
  void submit(Callable&& callable);

  // Until all are done. Rethrows the first exception of a task; the group can then be used anew.
  void wait();

 private:
  friend class ThreadPool;

  template <class Callable>
  void run_here(Callable& callable) noexcept;  // keeps the exception for wait()

  ThreadPool& pool_;
  ThreadPool::Countdown pending_ = 0;
  std::atomic<bool> failed_ = false;  // claimed by the first task that throws; error_ is then its own
  std::exception_ptr error_;          // published by that task's decrement of pending_
};

// The result of ThreadPool::submit(). May outlive the pool, which ends only when every result is there.
template <class T>
class Future {
 public:
  Future() = default;

  bool valid() const noexcept { return state_ != nullptr; }
  bool ready() const noexcept { return state_->pending.load(std::memory_order_acquire) == 0; }
  void wait() const {
    if (!ready()) state_->pool.wait_for(state_->pending);
  }

  // Waits, running other tasks; once. Throws what the callable threw.
  T get() {
    wait();
    const auto state = std::move(state_);
    if (state->error) std::rethrow_exception(state->error);
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(**state->value);
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(*state->value);
    }
  }

 private:
  friend class ThreadPool;

  using Stored =
      std::conditional_t<std::is_void_v<T>, std::monostate,
                         std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>>;
  struct State {
    explicit State(ThreadPool& owner) : pool(owner) {}
    ThreadPool& pool;
    ThreadPool::Countdown pending = 1;  // its decrement publishes the two below
    std::optional<Stored> value;
    std::exception_ptr error;

    template <class Callable>
    void run(Callable& callable) noexcept {
      try {
        Callable once = std::move(callable);  // ends here, before the result is seen
        if constexpr (std::is_void_v<T>) {
          std::move(once)();
        } else if constexpr (std::is_reference_v<T>) {
          value = std::addressof(std::move(once)());
        } else {
          value.emplace(std::move(once)());
        }
      } catch (...) {
        error = std::current_exception();
      }
      pool.finish_one(pending);
    }
  };

  std::shared_ptr<State> state_;
};

template <class Callable>
requires std::invocable<std::decay_t<Callable>>
void ThreadPool::post(Callable&& callable) {
  Task task([callable = std::decay_t<Callable>(std::forward<Callable>(callable))]() mutable noexcept {
    std::move(callable)();
  });
  if (workers() == 1) {
    task();
  } else {
    push(std::move(task));
  }
}

template <class Callable>
requires std::invocable<std::decay_t<Callable>> Future<std::invoke_result_t<std::decay_t<Callable>>>
ThreadPool::submit(Callable&& callable) {
  using Result = Future<std::invoke_result_t<std::decay_t<Callable>>>;
  Result future;
  future.state_ = std::make_shared<typename Result::State>(*this);
  // The task shares the state: it may be done and the future gone before finish_one() returns.
  post([state = future.state_, callable = std::decay_t<Callable>(
                                   std::forward<Callable>(callable))]() mutable { state->run(callable); });
  return future;
}

template <std::invocable<std::size_t> Body>
void ThreadPool::parallel_for(std::size_t first, std::size_t last, Body&& body, std::size_t grain) {
  const auto loop = [&body](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) body(i);
  };
  parallel_for_ranges(first, last, loop, grain);
}

template <std::invocable<std::size_t, std::size_t> Body>
void ThreadPool::parallel_for_ranges(std::size_t first, std::size_t last, Body&& body, std::size_t grain) {
  if (first >= last) return;
  if (workers() == 1) {
    body(first, last);
    return;
  }
  const auto shifted = [&body, first](std::size_t begin, std::size_t end) {
    body(first + begin, first + end);
  };
  const RangeBody call = [](void* context, std::size_t begin, std::size_t end) {
    (*static_cast<decltype(shifted)*>(context))(begin, end);
  };
  run_ranges(last - first, grain, call, const_cast<void*>(static_cast<const void*>(&shifted)));
}

template <class Callable>
void TaskGroup::run_here(Callable& callable) noexcept {
  try {
    Callable once = std::move(callable);  // ends here, before wait() can return
    std::move(once)();
  } catch (...) {
    if (!failed_.exchange(true, std::memory_order_relaxed)) error_ = std::current_exception();
  }
}

template <class Callable>
requires std::invocable<std::decay_t<Callable>>
void TaskGroup::submit(Callable&& callable) {
  std::decay_t<Callable> own(std::forward<Callable>(callable));
  if (pool_.workers() == 1) {
    run_here(own);
    return;
  }
  Task task([this, own = std::move(own)]() mutable noexcept {
    run_here(own);
    pool_.finish_one(pending_);
  });
  // Relaxed: the task reaches its thread, and so its decrement, through the lock of a queue.
  pending_.fetch_add(1, std::memory_order_relaxed);
  try {
    pool_.push(std::move(task));
  } catch (...) {  // no memory: what is not queued must not be waited for
    pool_.finish_one(pending_);
    throw;
  }
}

}  // namespace breakeven
