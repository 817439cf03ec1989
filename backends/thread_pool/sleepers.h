// How the threads of a pool fall asleep and are woken, without a lost wake-up and without a system call where
// no thread sleeps.
//
// Three protocols meet in one word, state_, which counts sleeping threads, sleeping waiters and searchers.
//
// 1. Work. A thread that publishes a task stores it, then loads state_ (Fences, the frequent side); if some
//    thread sleeps and none searches, it wakes one. A thread that falls asleep enters state_, then a barrier,
//    then looks at all work again (the rare side). One of them sees the other.
// 2. Searchers. A searcher is awake and will look at all work before it sleeps, so that a burst of tasks
//    wakes one thread and not one a task. A searcher that takes a task leaves state_ *before* the barrier of
//    its steal: a thread that loaded state_ earlier and woke none had stored its task before that, so after
//    the barrier the thief sees that task, and wakes the next thread. In this way a wake-up is passed on
//    while there is work.
// 3. Waiters. A thread that completes something stores that, then loads state_ (the frequent side), and wakes
//    those that wait for it by its address, which it does not dereference: the waiter may have seen the end
//    already. A waiter enters state_ and the address, then a barrier, then looks at the completion again.
//
// The thread that clears a sleeper's entry owes it the wake-up, and counts it as a searcher in the same step. Where many
// are woken at once it hands most of that debt on to those it wakes itself, who pay first of all: a tree, since a wake-up
// costs its waker some microseconds and takes some 20 to arrive.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "backends/platform/futex.h"
#include "backends/thread_pool/fences.h"

namespace breakeven {

// When a wait gives up; nullopt: never.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// What a sleeping thread and its waker share. It outlives the sleep, since the waker touches it last.
struct alignas(128) Sleeper {
  enum Why : std::uint32_t { kAsleep, kForWork, kForKey, kUp };
  // kAsleep, written under the mutex of Sleepers; the waker's store releases, the sleeper's load acquires.
  std::atomic<std::uint32_t> why = kUp;
  const void* key = nullptr;  // what it waits for; nullptr: work. Under the mutex
  int waker_cpu = -1;         // the CPU that its waker was on; published with `why`, as is the next
  bool waker_works = true;    // and will go on working there, as far as it can tell
  bool searching = false;     // counted in state_; written by the sleeper alone, while it is awake
  // Whose wake-up it was handed, as soon as it is awake itself; published with `why`. Those are up already, but for
  // the kernel.
  static constexpr unsigned kMostWakes = 4;
  std::array<Sleeper*, kMostWakes> wakes{};
};

class Sleepers {
 public:
  explicit Sleepers(const Fences& fences) : fences_(fences) {}

  // After a store_often of work: whether wake_one() is due.
  bool wake_is_due() const noexcept {
    const auto state = Fences::load(state_);
    return (state & kAsleepMask) != 0 && (state & kSearchingMask) == 0;
  }
  // After a store_often of a completion: whether wake(key) is due.
  bool any_waiter() const noexcept { return (Fences::load(state_) & kWaitersMask) != 0; }

  unsigned threads_asleep() const noexcept {
    return static_cast<unsigned>(state_.load(std::memory_order_relaxed) & kThreadsMask);
  }

  // Threads of the pool that sleep, and threads that look for work, after a store_often of work.
  struct Idle {
    unsigned asleep, searching;
  };
  Idle idle() const noexcept {
    const auto state = Fences::load(state_);
    return {static_cast<unsigned>(state & kThreadsMask),
            static_cast<unsigned>((state & kSearchingMask) >> 42)};
  }

  // Wakes the latest to fall asleep, whose cache is the warmest, threads of the pool before waiters. It
  // becomes a searcher. `waker_works`: whether the caller is about to work as well, on its CPU.
  void wake_one(bool waker_works = true) noexcept;

  // Wakes up to `most` threads of the pool, 256 at most, in a tree. They become searchers. The caller will work as well.
  void wake_some(unsigned most) noexcept;

  // Wakes all that sleep for this key; nullptr: all threads that sleep for work. A spurious
  // wake-up is harmless.
  void wake(const void* key) noexcept;

  std::uint64_t wake_ups() const noexcept { return wake_ups_.load(std::memory_order_relaxed); }

  // The calling thread looks for work from now on. Returns whether it was counted before.
  bool begin_search(Sleeper& self) noexcept {
    if (self.searching) return true;
    self.searching = true;
    state_.fetch_add(kOneSearching, std::memory_order_seq_cst);
    return false;
  }
  // It no longer does; returns whether it did. A barrier and a look at the remaining work must
  // follow, then wake_is_due().
  bool end_search(Sleeper& self) noexcept {
    if (!self.searching) return false;
    self.searching = false;
    state_.fetch_sub(kOneSearching, std::memory_order_seq_cst);
    return true;
  }

  // Sleeps until woken, or until `deadline`, unless `stay_awake()`, called between entering and sleeping, says that
  // there is something to do. Woken for work, it returns as a searcher: also where the wake-up and the deadline came
  // together, so that a waiter that gives up must pass the wake-up on.
  template <class Predicate>
  void sleep(Sleeper& self, const void* key, Predicate stay_awake, Deadline deadline = std::nullopt) {
    enter(self, key);
    fences_.barrier();
    if (stay_awake()) {
      if (leave(self)) return;  // else another thread has claimed the wake-up, and it must be waited for
    }
    auto why = self.why.load(std::memory_order_acquire);
    while (why == Sleeper::kAsleep) {
      const auto left = time_left(deadline);
      if (left && left->count() <= 0 && leave(self)) return;
      futex_wait(self.why, Sleeper::kAsleep, FutexScope::kProcess, left);
      why = self.why.load(std::memory_order_acquire);
    }
    for (Sleeper*& other : self.wakes) {
      if (Sleeper* const woken = std::exchange(other, nullptr))
        futex_wake_one(woken->why, FutexScope::kProcess);
    }
    self.searching = why == Sleeper::kForWork;
  }

 private:
  static constexpr std::uint64_t kOneThread = 1, kOneWaiter = std::uint64_t{1} << 21,
                                 kOneSearching = std::uint64_t{1} << 42;
  static constexpr std::uint64_t kThreadsMask = kOneWaiter - 1, kWaitersMask = kThreadsMask << 21,
                                 kSearchingMask = kThreadsMask << 42,
                                 kAsleepMask = kThreadsMask | kWaitersMask;
  static std::uint64_t entry(const Sleeper& sleeper) {
    return sleeper.key == nullptr ? kOneThread : kOneWaiter;
  }

  static std::optional<std::chrono::nanoseconds> time_left(Deadline deadline) {
    if (!deadline) return std::nullopt;
    return std::max(std::chrono::nanoseconds{0},
                    std::chrono::nanoseconds(*deadline - std::chrono::steady_clock::now()));
  }

  static constexpr unsigned kMostAtOnce = 256;  // that wake_some() wakes

  void enter(Sleeper& self, const void* key);
  bool leave(Sleeper& self) noexcept;
  void count(std::size_t woken) noexcept {
    wake_ups_.store(wake_ups_.load(std::memory_order_relaxed) + woken, std::memory_order_relaxed);
  }

  const Fences& fences_;
  // All writes are sequentially consistent read-modify-writes, those for sleepers under mutex_ as well.
  alignas(128) std::atomic<std::uint64_t> state_ = 0;
  alignas(128) std::mutex mutex_;
  std::vector<Sleeper*> asleep_;             // in the order of falling asleep; under mutex_
  std::atomic<std::uint64_t> wake_ups_ = 0;  // written under mutex_
};

}  // namespace breakeven
