// How other threads find a loop that a thread has begun, and how that thread knows that they are out of it.
//
// A loop lives on its thread's stack; the doors that lead to it belong to the thread and outlive it. door_
// holds, in one word, how often the door was opened, how many seats are left and how many were taken. Who
// takes a seat (compare-and-swap, acquire: sees the loop) counts itself out when it is through (left_,
// release). The owner closes (exchange: no seat is taken after that), and may end the loop when as many have
// left as had joined.
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
  struct Sighting {
    const OpenLoop* door = nullptr;
    std::uint64_t opening = 0;
    friend bool operator==(const Sighting&, const Sighting&) = default;
  };
  struct Seat {
    Loop* loop;
    unsigned index;  // of the participant
  };

  // --- by the owner ---
  Share* shares() const noexcept { return shares_.get(); }
  void provide(unsigned participants) {
    if (participants <= capacity_) return;
    shares_ = std::make_unique<Share[]>(participants);
    capacity_ = participants;
  }
  // store_often: the look for sleepers follows.
  void open(Loop& loop, const Fences& fences) noexcept {
    loop_ = &loop;
    left_.store(0, std::memory_order_relaxed);  // nobody is inside; published with the door
    ++opening_;
    fences.store_often(door_, opening_ << kOpeningShift | (loop.participants() - 1) << kSeatShift);
  }
  unsigned close() noexcept { return joined(door_.exchange(0, std::memory_order_acq_rel)); }
  bool left_by(unsigned joined) const noexcept { return Fences::load(left_) == joined; }

  // --- by others ---
  std::optional<Sighting> look() const noexcept {
    const auto door = Fences::load(door_);
    if (seats(door) == 0) return std::nullopt;
    return Sighting{this, door >> kOpeningShift};
  }
  std::optional<Seat> join() noexcept {
    auto door = door_.load(std::memory_order_relaxed);
    do {
      if (seats(door) == 0) return std::nullopt;
    } while (!door_.compare_exchange_weak(door, door - kOneSeat + kOneJoined, std::memory_order_acquire));
    return Seat{loop_, joined(door) + 1};
  }
  // The participant found nothing left to take, so that nobody will.
  void leave() noexcept {
    door_.fetch_and(~kSeatMask, std::memory_order_relaxed);  // no effect on a closed door
    left_.fetch_add(1, std::memory_order_seq_cst);           // and releases; a look for waiters follows
  }

 private:
  static constexpr unsigned kSeatShift = 16, kOpeningShift = 32;
  static constexpr std::uint64_t kOneJoined = 1, kOneSeat = 1 << kSeatShift,
                                 kSeatMask = 0xFFFFULL << kSeatShift;
  static unsigned seats(std::uint64_t door) {
    return static_cast<unsigned>((door & kSeatMask) >> kSeatShift);
  }
  static unsigned joined(std::uint64_t door) { return static_cast<unsigned>(door & 0xFFFF); }

  alignas(128) std::atomic<std::uint64_t> door_ = 0;  // 0: closed
  Loop* loop_ = nullptr;                              // while the door is open
  std::uint64_t opening_ = 0;                         // the owner's, as are the next two
  std::unique_ptr<Share[]> shares_;
  unsigned capacity_ = 0;
  alignas(128) std::atomic<unsigned> left_ = 0;
};

// The doors of one thread, for loops one inside the other.
class OpenLoops {
 public:
  // Beyond, a loop is its thread's alone: some 2^8 chunks are open outside it already.
  static constexpr std::size_t kMostNested = 8;

  // --- by the owner ---
  OpenLoop* next(unsigned participants) {
    const auto depth = depth_.load(std::memory_order_relaxed);
    if (depth == kMostNested) return nullptr;
    doors_[depth].provide(participants);
    return &doors_[depth];
  }
  void open(Loop& loop, const Fences& fences) noexcept {
    const auto depth = depth_.load(std::memory_order_relaxed);
    depth_.store(depth + 1, std::memory_order_relaxed);  // before the door, which releases it
    doors_[depth].open(loop, fences);
  }
  // The innermost, once it is closed and all have left it: a wait for that may open others inside.
  void end() noexcept { depth_.store(depth_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed); }

  // --- by others ---
  std::span<OpenLoop> open_now() noexcept {
    return std::span(doors_).first(depth_.load(std::memory_order_acquire));
  }
  bool any_open() const noexcept {
    const auto depth = depth_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < depth; ++i) {
      if (doors_[i].look()) return true;
    }
    return false;
  }

 private:
  std::atomic<std::size_t> depth_ = 0;
  std::array<OpenLoop, kMostNested> doors_;
};

}  // namespace breakeven
