// The indices [0, count) of one parallel loop, dealt out to its participants.
//
// Each participant owns a share [next, end): it claims chunks from the front with a plain store and a load
// (THE, as in task_ring.h); who has nothing left takes the back half of another's share under a lock. No
// counter is shared, so that a loop whose chunks are single indices costs a store and a load for each.
//
// Invariants of a share
// 1. Only its owner (participant i owns share i, once it has arrived) writes next_; only who holds mutex_
//    writes end_ and arrived_.
// 2. The owner has claimed [first, last) if, after it stored next_ = last, it loads end_ >= last. A thief
//    has taken [middle, end) if, after it stored end_ = middle, it loads next_ <= middle. By Fences one
//    sees the other; a thief that loads more raises end_ again, an owner that loads less takes the lock,
//    where both stand still, and looks again.
// 3. Every index lies in one share, or in the hands of one participant that is running it or moving it to
//    its share. Shares only lose indices to participants, so each is run once.
// 4. What the bodies write is ordered by the door of the loop (open_loop.h), not here: indices carry no
//    data.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

#include "backends/thread_pool/fences.h"
#include "backends/thread_pool/first_error.h"

namespace breakeven {

struct Chunk {
  std::size_t first = 0, last = 0;
  bool empty() const { return first >= last; }
};

class alignas(128) Share {
 public:
  // Before the loop begins; the starting of the participants publishes it.
  void fill(Chunk indices, bool arrived) noexcept {
    next_.store(indices.first, std::memory_order_relaxed);
    end_.store(indices.last, std::memory_order_relaxed);
    arrived_.store(arrived, std::memory_order_relaxed);
  }

  // By its owner, first. What it holds by then may have been taken.
  void arrive() {
    if (arrived_.load(std::memory_order_relaxed)) return;
    const std::lock_guard lock(mutex_);
    arrived_.store(true, std::memory_order_relaxed);
  }

  // By its owner: the next chunk, of at most `grain` indices; 0: of a fixed part of what the share holds (C.
  // D. Polychronopoulos and D. J. Kuck, "Guided self-scheduling", IEEE Trans. Computers 36 (1987) 1425-1439).
  Chunk claim(std::size_t grain, const Fences& fences) {
    const auto first = next_.load(std::memory_order_relaxed);
    if (grain == 0) {
      const auto end = end_.load(std::memory_order_relaxed);
      grain = first < end ? (end - first + kGuidedParts - 1) / kGuidedParts : 1;
    }
    const auto last = first + grain;
    fences.store_often(next_, last);
    if (last <= Fences::load(end_)) [[likely]]
      return {first, last};
    return claim_rest(first, last);
  }

  // By its owner, where it is empty.
  void refill(Chunk indices) {
    const std::lock_guard lock(mutex_);
    next_.store(indices.first, std::memory_order_relaxed);  // both published by the lock
    end_.store(indices.last, std::memory_order_relaxed);
  }

  struct Progress {
    std::size_t left = 0;
    bool arrived = false;

    // Whether its owner, some time after `before`, is likely to be through sooner than a steal takes.
    bool ends_soon_after(const Progress& before) const;
  };
  Progress look() const {  // a hint, since nothing orders the loads
    const auto next = next_.load(std::memory_order_relaxed), end = end_.load(std::memory_order_relaxed);
    return {next < end ? end - next : 0, arrived_.load(std::memory_order_relaxed)};
  }

  // By another: the back half, in whole grains, or everything if its owner has not arrived.
  Chunk steal(std::size_t grain, const Fences& fences);

  // By anyone: no further chunk is to be begun.
  void drop() {
    const std::lock_guard lock(mutex_);
    end_.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kGuidedParts = 4;

  Chunk claim_rest(std::size_t first, std::size_t last);

  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> end_ = 0;
  alignas(64) std::mutex mutex_;  // on another line than the two that the owner works with
  std::atomic<bool> arrived_ = false;
};

class Loop {
 public:
  using Body = void (*)(void* context, std::size_t begin, std::size_t end);

  // grain 0: the loop's own choice. `yields`: threads exceed cores, so a participant that watches another
  // gives its core away. `shares`: one for each participant. Everything given must outlive the loop.
  Loop(std::size_t count, std::size_t grain, Body body, void* context, Share* shares, unsigned participants,
       const Fences& fences, bool yields);

  unsigned participants() const { return participants_; }

  // Runs chunks until there is nothing left to take. Each participant at most once, in any order, or late.
  // What body throws ends the loop for all, and comes out of rethrow().
  void participate(unsigned self) noexcept;

  // By who knows that all participants are through.
  void rethrow() { error_.rethrow(); }

  // How many participants can find work: chunks, if those are fewer than workers.
  static unsigned useful_participants(std::size_t count, std::size_t grain, unsigned workers);

 private:
  bool find_more(unsigned self);

  const std::size_t grain_;
  const Body body_;
  void* const context_;
  Share* const shares_;
  const unsigned participants_;
  const Fences fences_;
  const bool yields_;
  std::atomic<bool> stopped_ = false;
  FirstError error_;
};

}  // namespace breakeven
