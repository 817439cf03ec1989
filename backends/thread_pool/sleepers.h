// How the threads of a pool fall asleep and are woken, without a lost wake-up and without a call into the
// kernel where nobody sleeps.
//
// Three protocols meet in one word, state_, which counts sleeping threads, sleeping waiters and searchers.
//
// 1. Work. Who makes a task visible stores it, then loads state_ (Fences, the frequent side); if somebody
//    sleeps and nobody searches, it wakes one. Who falls asleep enters state_, then a barrier, then looks
//    at all work again (the rare side). One of them sees the other.
// 2. Searchers. A searcher is awake and will look at all work before it sleeps, so that a burst of tasks
//    wakes one thread and not one a task. One that takes a task leaves state_ *before* the barrier of its
//    steal: who loaded state_ earlier and woke nobody had stored its task before that, so that after the
//    barrier the thief sees it, and wakes the next. In this way a wake-up is passed on while there is
//    work.
// 3. Waiters. Who completes something stores that, then loads state_ (the frequent side), and wakes those
//    who wait for it by its address, which it does not dereference: the waiter may have seen the end
//    already. A waiter enters state_ and its address, then a barrier, then looks at the completion again.
//
// Clearing a sleeper's entry means owning its wake-up: it is counted as a searcher by its waker, in the same
// step.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "backends/platform/futex.h"
#include "backends/thread_pool/fences.h"

namespace breakeven {

// One thread's bed. It outlives the thread's sleep, since its waker touches it last.
struct alignas(128) Sleeper {
  enum Why : std::uint32_t { kAsleep, kForWork, kForKey, kUp };
  // kAsleep, written under the mutex of Sleepers; the waker's store releases, the sleeper's load acquires.
  std::atomic<std::uint32_t> why = kUp;
  const void* key = nullptr;  // what it waits for; nullptr: work. Under the mutex
  int waker_cpu = -1;         // where its waker was; published with `why`
  bool searching = false;     // counted in state_; the sleeper's own, while it is awake
};

class Sleepers {
 public:
  explicit Sleepers(const Fences& fences) : fences_(fences) {}

  // After a store_often of work: whether wake_one() is due.
  bool owe_wake() const noexcept {
    const auto state = Fences::load(state_);
    return (state & kAsleepMask) != 0 && (state & kSearchingMask) == 0;
  }
  // After a store_often of a completion: whether wake_waiters() is due.
  bool any_waiter() const noexcept { return (Fences::load(state_) & kWaitersMask) != 0; }

  unsigned threads_asleep() const noexcept {
    return static_cast<unsigned>(state_.load(std::memory_order_relaxed) & kThreadsMask);
  }

  // The latest to fall asleep, threads of the pool before waiters: its cache is the warmest. It becomes a
  // searcher.
  void wake_one() noexcept;

  // Those that sleep for this key; nullptr: all threads that sleep for work. A spurious one is harmless.
  void wake(const void* key) noexcept;

  // The calling thread looks for work. Whether it was counted before.
  bool begin_search(Sleeper& self) noexcept {
    if (self.searching) return true;
    self.searching = true;
    state_.fetch_add(kOneSearching, std::memory_order_seq_cst);
    return false;
  }
  // It no longer does. A barrier and a look at the remaining work must follow, then owe_wake(). Whether it
  // was.
  bool end_search(Sleeper& self) noexcept {
    if (!self.searching) return false;
    self.searching = false;
    state_.fetch_sub(kOneSearching, std::memory_order_seq_cst);
    return true;
  }

  // Sleeps until woken, unless `stay_awake()`, which is asked between entering and sleeping, says that there
  // is something to do. Woken for work, it returns as a searcher.
  template <class Predicate>
  void sleep(Sleeper& self, const void* key, Predicate stay_awake) {
    enter(self, key);
    fences_.barrier();
    if (stay_awake()) {
      if (leave(self)) return;  // else somebody woke it meanwhile, and that is to be taken
    }
    auto why = self.why.load(std::memory_order_acquire);
    while (why == Sleeper::kAsleep) {
      futex_wait(self.why, Sleeper::kAsleep, FutexScope::kProcess);
      why = self.why.load(std::memory_order_acquire);
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

  void enter(Sleeper& self, const void* key);
  bool leave(Sleeper& self) noexcept;

  const Fences& fences_;
  // All writes are sequentially consistent read-modify-writes, entries of sleepers under mutex_ as well.
  alignas(128) std::atomic<std::uint64_t> state_ = 0;
  alignas(128) std::mutex mutex_;
  std::vector<Sleeper*> asleep_;  // in the order of falling asleep; under mutex_
};

}  // namespace breakeven
