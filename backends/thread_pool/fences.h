// One store-then-load order between two threads, paid for by the one that can afford it.
//
// Dekker's pattern is behind every protocol of the pool: each side stores, then loads what the other stores,
// and at least one of them must see the other. The frequent side (a push, a pop, a claim of an index) does so
// thousands of times for each time the rare side (a steal, falling asleep) does.
//
// Asymmetric: the frequent side has a plain store and load that the compiler may not swap, and the rare side
// makes every other thread of the process execute a full barrier in between (membarrier(2), 0.1 to 2 us).
// Either the frequent thread's store had left its store buffer by then, so the rare side's load sees it, or
// its load comes after the barrier and sees the rare side's store. Symmetric: both sides use sequentially
// consistent stores and loads: portable, within the C++ memory model (so that ThreadSanitizer knows it), and
// slower by a locked instruction (5 to 7 ns) for each frequent store.
#pragma once

#include <atomic>

#include "backends/platform/combined_step.h"
#include "backends/platform/process_barrier.h"

namespace breakeven {

class Fences {
 public:
  enum class Kind { kBest, kSymmetric };  // kBest: asymmetric where the kernel offers it

  // `barriers`: through which threads that need a barrier at the same time share one; nullptr: each has its own. The kernel
  // lets one at a time interrupt the process's threads, so that many thieves would queue for as many barriers. It must
  // outlive this and all copies.
  explicit Fences(Kind kind = Kind::kBest, CombinedStep* barriers = nullptr) noexcept
      : asymmetric_(kind == Kind::kBest && register_process_barrier()), barriers_(barriers) {}

  bool asymmetric() const noexcept { return asymmetric_; }

  // The frequent side: follow it with load(). Every store also releases.
  template <class T>
  void store_often(std::atomic<T>& target, T value) const noexcept {
    if (asymmetric_) [[likely]] {
      target.store(value, std::memory_order_release);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      target.store(value, std::memory_order_seq_cst);
    }
  }

  // The rare side: follow it with load().
  template <class T>
  void store_rarely(std::atomic<T>& target, T value) const noexcept {
    target.store(value, std::memory_order_seq_cst);
    barrier();
  }

  // The rare side after a sequentially consistent read-modify-write. Symmetric: that was enough.
  void barrier() const noexcept {
    if (!asymmetric_) return;
    if (barriers_ != nullptr) {
      (*barriers_)([] { process_barrier(); });
    } else {
      process_barrier();
    }
  }

  // The load of both sides. It costs what a plain one does on x86, and acquires.
  template <class T>
  static T load(const std::atomic<T>& source) noexcept {
    return source.load(std::memory_order_seq_cst);
  }

 private:
  const bool asymmetric_;
  CombinedStep* const barriers_;
};

}  // namespace breakeven
