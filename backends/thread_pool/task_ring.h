// The tasks of one thread: its owner pushes and pops the newest without an atomic read-modify-write, thieves
// take the oldest, half of them at once, under a lock. (The THE protocol of Cilk-5: M. Frigo, C. E.
// Leiserson, K. H. Randall, "The implementation of the Cilk-5 multithreaded language", PLDI 1998, with claims
// of several tasks.)
//
// Positions only grow and shrink by counting; position p lies in slot p % capacity.
//
//        freed_  <=  top_  <=  bottom_           tasks lie in [top_, bottom_)
//        slots below `freed_` may be written again; a thief is moving tasks out of [freed_, top_)
//
// Invariants
// 1. Only the owner writes bottom_ and slots_. Only the holder of mutex_ writes top_ and freed_
//    or replaces slots_.
// 2. A task at position p belongs to the owner if, after it stored bottom_ = p, it loads top_ <= p. It
//    belongs to a thief if, after that stored top_ > p, it loads bottom_ > p. By Fences one of them sees the
//    other, so it never belongs to both. An owner that loads top_ > p does not decide by itself: it takes the
//    lock and looks again.
// 3. A thief that loads a smaller bottom_ than it claimed gives back what lies above. So top_ may be too high
//    for a moment, never too low: the owner then takes the lock (the slow path), and others see fewer tasks
//    than there are, which is why a thief looks for sleepers when it is through.
// 4. Whatever bottom_ value a thief loads, it acquires every slot below: each store of bottom_ releases, also
//    the decrements (a later store by the same thread no longer continues a release sequence in C++20).
// 5. The owner writes a slot anew only below freed_ + capacity, which it acquires from the thief's release.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "backends/thread_pool/fences.h"
#include "backends/thread_pool/task.h"

namespace breakeven {

class TaskRing {
 public:
  static constexpr std::size_t kInitialCapacity = 1024;  // 64 KiB; a power of two
  static constexpr std::size_t kMostAtOnce = kInitialCapacity / 2;

  // --- by its owner alone ---

  // Memory for the next task, or nullptr where the ring is full. The task is not in the ring before push().
  void* free_slot() noexcept {
    const auto bottom = bottom_.load(std::memory_order_relaxed);  // own
    if (bottom - freed_seen_ == capacity_) {
      freed_seen_ = freed_.load(std::memory_order_acquire);  // invariant 5
      if (bottom - freed_seen_ == capacity_) return nullptr;
    }
    return &slots_[bottom & (capacity_ - 1)];
  }

  // Publishes the task that was made in free_slot(). The caller then looks for sleepers: store, then load.
  void push(const Fences& fences) noexcept {
    pushes_.store(pushes_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    fences.store_often(bottom_, bottom_.load(std::memory_order_relaxed) + 1);
  }

  bool pop(Task& task, const Fences& fences) noexcept {
    const auto bottom = bottom_.load(std::memory_order_relaxed);
    // Not by top_: a thief may lower it again, below a task that was pushed meanwhile. freed_ only grows.
    if (freed_.load(std::memory_order_relaxed) == bottom) return false;
    fences.store_often(bottom_, bottom - 1);
    if (count(Fences::load(top_), bottom) <= 0 && !pop_locked(bottom)) return false;
    task = take(bottom - 1);
    return true;
  }

  void grow() {
    std::unique_ptr<Slot[]> larger(new Slot[2 * capacity_]);
    const std::lock_guard lock(mutex_);  // no thief is moving tasks
    const auto bottom = bottom_.load(std::memory_order_relaxed);
    for (auto at = top_.load(std::memory_order_relaxed); count(at, bottom) > 0; ++at) {
      ::new (&larger[at & (2 * capacity_ - 1)]) Task(take(at));
    }
    capacity_ *= 2;
    slots_ = std::move(larger);
  }

  // --- by any thread ---

  struct Position {
    std::uint64_t top = 0, bottom = 0, pushes = 0;  // equal: nothing was pushed, popped or stolen in between
    std::int64_t size() const { return count(top, bottom); }
    friend bool operator==(const Position&, const Position&) = default;
  };
  // A hint, unless the thread's earlier store and barrier order it (falling asleep).
  Position position() const noexcept {
    return {Fences::load(top_), Fences::load(bottom_), pushes_.load(std::memory_order_relaxed)};
  }

  // Moves the oldest half, or all, at most kMostAtOnce tasks: the first to `task`, the others into `into`,
  // the thief's own ring, which has space for them. Returns how many; 0 also where another thief holds the
  // lock. `before_barrier` is called in front of the barrier where the ring seems to hold tasks.
  template <class Callback>
  std::size_t steal(Task& task, TaskRing& into, bool all, const Fences& fences, Callback before_barrier) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return 0;
    const auto top = top_.load(std::memory_order_relaxed);  // ours while we hold the lock
    const auto seen = count(top, bottom_.load(std::memory_order_relaxed));
    if (seen <= 0) return 0;
    auto claim = std::min(all ? seen : (seen + 1) / 2, std::int64_t{kMostAtOnce});
    before_barrier();
    fences.store_rarely(top_, top + static_cast<std::uint64_t>(claim));
    const auto left = count(top, Fences::load(bottom_));  // acquires: invariant 4
    if (left < claim) {
      claim = std::max<std::int64_t>(left, 0);
      // Published by the lock.
      top_.store(top + static_cast<std::uint64_t>(claim), std::memory_order_relaxed);
    }
    if (claim == 0) return 0;
    const auto taken = static_cast<std::uint64_t>(claim);
    task = take(top);
    // Another thief may still be moving out the last tasks of `into`, at most kMostAtOnce, so as
    // many more fit.
    const auto own = into.bottom_.load(std::memory_order_relaxed);
    into.freed_seen_ = into.freed_.load(std::memory_order_acquire);  // invariant 5
    for (std::uint64_t i = 1; i < taken; ++i) {
      ::new (&into.slots_[(own + i - 1) & (into.capacity_ - 1)]) Task(take(top + i));
    }
    freed_.store(top + taken, std::memory_order_release);  // invariant 5
    fences.store_often(into.bottom_, own + taken - 1);
    return taken;
  }

 private:
  // Memory for a task, whose lifetime the protocol governs and not the array.
  struct alignas(64) Slot {
    std::byte bytes[sizeof(Task)];
  };

  static std::int64_t count(std::uint64_t top, std::uint64_t bottom) noexcept {
    return static_cast<std::int64_t>(bottom - top);
  }

  // The calling thread must own the position.
  Task take(std::uint64_t position) noexcept {
    Task* const slot = std::launder(reinterpret_cast<Task*>(&slots_[position & (capacity_ - 1)]));
    Task task = std::move(*slot);
    std::destroy_at(slot);
    return task;
  }

  // The owner's slow path: `bottom` - 1 is already stored. Under the lock top_ is final.
  bool pop_locked(std::uint64_t bottom) noexcept {
    const std::lock_guard lock(mutex_);
    if (count(top_.load(std::memory_order_relaxed), bottom) > 0) return true;
    bottom_.store(bottom, std::memory_order_release);  // a thief has it: the ring is empty, top_ == bottom_
    return false;
  }

  // The owner's cache line. capacity_ and slots_ are also read by thieves, under the lock.
  alignas(128) std::atomic<std::uint64_t> bottom_ = 0;
  std::atomic<std::uint64_t> pushes_ =
      0;  // shows that tasks were pushed and popped in between; relaxed: a hint
  std::uint64_t freed_seen_ = 0;
  std::uint64_t capacity_ = kInitialCapacity;
  std::unique_ptr<Slot[]> slots_{new Slot[kInitialCapacity]};
  // The thieves' cache line.
  alignas(128) std::atomic<std::uint64_t> top_ = 0;
  std::atomic<std::uint64_t> freed_ = 0;
  std::mutex mutex_;
};

}  // namespace breakeven
