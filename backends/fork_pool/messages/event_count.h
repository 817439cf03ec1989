// How one process sleeps until another has something for it, without a system call where it is awake
// (an event count).
//
// Invariant: no process sleeps through a change. The sleeper announces its sleep, then looks again; the other
// process makes its change, then looks whether the first sleeps. All four are sequentially consistent, so one
// of the two sees the other. For that, the change itself must be a seq_cst store, and `ready` must read it by
// a seq_cst load.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "backends/contract/bytes.h"
#include "backends/platform/affinity.h"
#include "backends/platform/futex.h"

namespace breakeven::fork_pool {

class alignas(kFalseSharingRange) EventCount {
 public:
  // Sleeps unless ready() says that there is something to do. Returns when woken, by a signal, after `limit`
  // or for no reason: the caller must look again. One thread.
  template <class Ready>
  void sleep_unless(const Ready& ready, std::chrono::nanoseconds limit) {
    asleep_.store(1, std::memory_order_seq_cst);
    if (!ready()) futex_wait(asleep_, 1, FutexScope::kSharedMemory, limit);  // at once if woken already
    asleep_.store(0, std::memory_order_relaxed);  // one wake-up too many is harmless
  }

  // The CPU of the last waker that made a system call, or -1. Meant for a thread that has just slept.
  int waker_cpu() const { return waker_cpu_.load(std::memory_order_relaxed); }

  // After a change. The exchange lets one of several wakers make the system call.
  void wake() {
    if (asleep_.load(std::memory_order_seq_cst) == 0 || asleep_.exchange(0, std::memory_order_relaxed) == 0)
      return;
    waker_cpu_.store(current_cpu(), std::memory_order_relaxed);
    futex_wake_one(asleep_, FutexScope::kSharedMemory);
  }

 private:
  std::atomic<std::uint32_t> asleep_ = 0;
  std::atomic<int> waker_cpu_ = -1;
};

}  // namespace breakeven::fork_pool
