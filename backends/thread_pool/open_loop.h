// How other threads find a loop that a thread has begun, and how that thread knows that they have left it.
//
// A loop lives on its thread's stack; the OpenLoop objects that lead to it belong to the thread and outlive
// it. state_ holds, in one word, how often a loop was opened here, how many places are left and how many were
// taken. A thread that takes a place (compare-and-swap, acquire: it sees the loop) counts itself out when it
// is through (left_, release). The owner closes (exchange: no place is taken after that), and may end the
// loop when as many threads have left as had joined.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "backends/thread_pool/fences.h"
#include "backends/thread_pool/loop.h"

namespace breakeven {

class OpenLoop {
 public:
  struct Opening {
    const OpenLoop* where = nullptr;
    std::uint64_t opening = 0;
    unsigned participants = 0;
    friend bool operator==(const Opening&, const Opening&) = default;
  };

  // --- by the owner ---
  StealableRange* ranges() const noexcept { return ranges_.get(); }
  void provide(unsigned participants) {
    if (participants <= capacity_) return;
    ranges_ = std::make_unique<StealableRange[]>(participants);
    capacity_ = participants;
  }
  // store_often: the look for sleepers follows.
  void open(Loop& loop, const Fences& fences) noexcept {
    loop_ = &loop;
    left_.store(0, std::memory_order_relaxed);  // no thread has joined; published with state_
    ++opening_;
    fences.store_often(state_, opening_ << kOpeningShift | (loop.participants() - 1) << kPlaceShift);
  }
  unsigned close() noexcept { return joined(state_.exchange(0, std::memory_order_acq_rel)); }
  bool left_by(unsigned joined) const noexcept { return Fences::load(left_) == joined; }

  // --- by others ---
  std::optional<Opening> look() const noexcept {
    const auto state = Fences::load(state_);
    if (places(state) == 0) return std::nullopt;
    return Opening{this, state >> kOpeningShift, places(state) + joined(state) + 1};
  }
  // nullptr: no place is left.
  Loop* join() noexcept {
    auto state = state_.load(std::memory_order_relaxed);
    do {
      if (places(state) == 0) return nullptr;
    } while (!state_.compare_exchange_weak(state, state - kOnePlace + kOneJoined, std::memory_order_acquire));
    return loop_;
  }
  // The participant found nothing left to take, so no other will.
  void leave() noexcept {
    if (places(state_.load(std::memory_order_relaxed)) != 0)
      state_.fetch_and(~kPlaceMask, std::memory_order_relaxed);  // no effect where it is closed
    left_.fetch_add(1, std::memory_order_seq_cst);               // and releases; a look for waiters follows
  }

 private:
  static constexpr unsigned kPlaceShift = 16, kOpeningShift = 32;
  static constexpr std::uint64_t kOneJoined = 1, kOnePlace = 1 << kPlaceShift,
                                 kPlaceMask = 0xFFFFULL << kPlaceShift;
  static unsigned places(std::uint64_t state) {
    return static_cast<unsigned>((state & kPlaceMask) >> kPlaceShift);
  }
  static unsigned joined(std::uint64_t state) { return static_cast<unsigned>(state & 0xFFFF); }

  alignas(128) std::atomic<std::uint64_t> state_ = 0;  // 0: closed
  Loop* loop_ = nullptr;                               // while it is open
  std::uint64_t opening_ = 0;                          // the owner's, as are the next two
  std::unique_ptr<StealableRange[]> ranges_;
  unsigned capacity_ = 0;
  alignas(128) std::atomic<unsigned> left_ = 0;
};

// Of one thread, for loops one inside the other.
class OpenLoops {
 public:
  // A loop nested deeper is its thread's alone: some 2^8 chunks are open outside it already.
  static constexpr std::size_t kMostNested = 8;

  // --- by the owner ---
  OpenLoop* next(unsigned participants) {
    const auto depth = depth_.load(std::memory_order_relaxed);
    if (depth == kMostNested) return nullptr;
    entries_[depth].provide(participants);
    return &entries_[depth];
  }
  void open(Loop& loop, const Fences& fences) noexcept {
    const auto depth = depth_.load(std::memory_order_relaxed);
    depth_.store(depth + 1, std::memory_order_relaxed);  // before state_, which releases it
    entries_[depth].open(loop, fences);
  }
  // The innermost, once it is closed and all have left it: a wait for that may open others inside.
  void end() noexcept { depth_.store(depth_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed); }

  // --- by others ---
  std::span<OpenLoop> open_now() noexcept {
    return std::span(entries_).first(depth_.load(std::memory_order_acquire));
  }
  bool any_open() const noexcept {
    const auto depth = depth_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < depth; ++i) {
      if (entries_[i].look()) return true;
    }
    return false;
  }

 private:
  std::atomic<std::size_t> depth_ = 0;
  std::array<OpenLoop, kMostNested> entries_;
};

}  // namespace breakeven
