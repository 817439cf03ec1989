// The result of one task of a pool. Included by thread_pool.h.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <variant>

#include "backends/thread_pool/thread_pool.h"

namespace breakeven {

// What Future::get() throws of a task that was cancelled.
struct TaskCancelled : std::runtime_error {
  TaskCancelled() : std::runtime_error("the task was cancelled before it began") {}
};

// The result of ThreadPool::submit(). It may outlive the pool, which ends only when every result is there.
template <class T>
class Future {
 public:
  Future() = default;

  bool valid() const noexcept { return state_ != nullptr; }
  bool ready() const noexcept { return state_->is_done(); }
  void wait() const {
    if (!ready()) state_->wait(std::nullopt);
  }
  // Whether it is ready by then. It may return later, by a task that it began to run.
  bool wait_until(std::chrono::steady_clock::time_point deadline) const {
    return ready() || state_->wait(deadline);
  }
  bool wait_for(std::chrono::nanoseconds limit) const {
    return wait_until(std::chrono::steady_clock::now() + limit);
  }

  // True: the task had not begun and never will, and get() throws TaskCancelled. Any thread may call it, while the
  // future lives.
  bool cancel() { return state_->cancel(); }

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
    std::atomic<bool> claimed = false;  // by the thread that runs the task, or by who cancels it: one of them
    std::atomic<bool> done = false;     // its store publishes the two below
    std::optional<Stored> value;
    std::exception_ptr error;

    bool is_done() const noexcept { return Fences::load(done); }
    bool wait(Deadline deadline);
    void end() noexcept {
      pool.fences_.store_often(done, true);
      pool.notify_waiters(this);
    }
    bool cancel() {
      if (claimed.exchange(true, std::memory_order_relaxed)) return false;
      error = std::make_exception_ptr(TaskCancelled());
      end();
      return true;
    }

    template <class Callable>
    void run(Callable& callable) noexcept {
      if (claimed.exchange(true, std::memory_order_relaxed)) return;
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
      end();
    }
  };

  std::shared_ptr<State> state_;
};

template <class Callable>
requires std::invocable<std::decay_t<Callable>> Future<std::invoke_result_t<std::decay_t<Callable>>>
ThreadPool::submit(Callable&& callable) {
  using Result = Future<std::invoke_result_t<std::decay_t<Callable>>>;
  Result future;
  future.state_ = std::make_shared<typename Result::State>(*this);
  // The task shares the state: it may be done and the future destroyed before notify_waiters() returns.
  post([state = future.state_, callable = std::decay_t<Callable>(
                                   std::forward<Callable>(callable))]() mutable { state->run(callable); });
  return future;
}

template <class T>
bool Future<T>::State::wait(Deadline deadline) {
  return pool.wait_until(this, done, deadline);
}

}  // namespace breakeven
