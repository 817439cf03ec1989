// The indices [0, count) of one parallel loop, dealt out to its participants.
//
// Each participant owns a range [next, end): it claims chunks from the front with a plain store and a load
// (THE, as in task_ring.h); a participant that has nothing left takes the back half of another's range under
// a lock. No counter is shared, so a loop whose chunks are single indices costs a store and a load for each; several
// are claimed at once where they take some ns (Loop::Batches).
//
// Invariants of a range
// 1. Only its owner (participant i owns range i, once it has arrived) writes next_; only the holder of mutex_
//    writes end_ and arrived_.
// 2. The owner has claimed [first, last) if, after it stored next_ = last, it loads end_ >= last. A thief has
//    taken [middle, end) if, after it stored end_ = middle, it loads next_ <= middle. By Fences one sees the
//    other; a thief that loads more raises end_ again, an owner that loads less takes the lock, under which
//    neither value changes, and looks again.
// 3. Every index lies in one range, or is being run or moved to its own range by one participant. Ranges lose
//    indices to participants only, so each index is run once.
// 4. What the bodies write is ordered by open_loop.h, not here: indices carry no data.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>

#include "backends/thread_pool/fences.h"
#include "backends/thread_pool/first_error.h"

namespace breakeven {

struct IndexRange {
  std::size_t first = 0, last = 0;
  bool empty() const { return first >= last; }
};

class alignas(128) StealableRange {
 public:
  // Before the loop begins; the starting of the participants publishes it.
  void fill(IndexRange indices, bool arrived) noexcept {
    most_ = most_of(indices);
    next_.store(indices.first, std::memory_order_relaxed);
    end_.store(indices.last, std::memory_order_relaxed);
    arrived_.store(arrived, std::memory_order_relaxed);
  }

  // Makes the calling participant its owner; false: it has one. What the range held may have been taken by then.
  bool arrive() {
    if (arrived_.load(std::memory_order_relaxed)) return false;
    const std::lock_guard lock(mutex_);
    if (arrived_.load(std::memory_order_relaxed)) return false;
    arrived_.store(true, std::memory_order_relaxed);
    return true;
  }

  // The owner takes its next chunk, of at most `grain` indices; 0: a fixed part of what the range holds (C.
  // D. Polychronopoulos and D. J. Kuck, "Guided self-scheduling", IEEE Trans. Computers 36 (1987) 1425-1439), and no more than
  // a smaller part of what it held at first: what is claimed nobody can steal, and where costs fall the first claim
  // would hold most of the work.
  IndexRange claim(std::size_t grain, const Fences& fences) {
    const auto first = next_.load(std::memory_order_relaxed);
    if (grain == 0) {
      const auto end = end_.load(std::memory_order_relaxed);
      grain = first < end ? std::min((end - first + kGuidedParts - 1) / kGuidedParts, most_) : 1;
    }
    const auto last = first + grain;
    fences.store_often(next_, last);
    if (last <= Fences::load(end_)) [[likely]]
      return {first, last};
    return claim_rest(first, last);
  }

  // The owner fills its empty range.
  void refill(IndexRange indices) {
    const std::lock_guard lock(mutex_);
    most_ = most_of(indices);
    next_.store(indices.first, std::memory_order_relaxed);  // both published by the lock
    end_.store(indices.last, std::memory_order_relaxed);
  }

  struct Progress {
    std::size_t left = 0;
    bool arrived = false;

    // Whether the owner, seen again some time after `before`, will probably be through sooner than
    // a steal takes.
    bool ends_soon_after(const Progress& before) const;
  };
  Progress look() const {  // a hint, since nothing orders the loads
    return {left(), arrived_.load(std::memory_order_relaxed)};
  }
  std::size_t left() const {  // likewise
    const auto next = next_.load(std::memory_order_relaxed), end = end_.load(std::memory_order_relaxed);
    return next < end ? end - next : 0;
  }

  // Another participant takes the back half, in whole grains, or everything if the owner has not arrived.
  IndexRange steal(std::size_t grain, const Fences& fences);

  // Any participant: no further chunk begins.
  void drop() {
    const std::lock_guard lock(mutex_);
    end_.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kGuidedParts = 4, kLeastClaims = 16;
  static std::size_t most_of(IndexRange indices) {
    return (indices.last - indices.first + kLeastClaims - 1) / kLeastClaims;
  }

  IndexRange claim_rest(std::size_t first, std::size_t last);

  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> end_ = 0;
  std::size_t most_ = 1;          // of a claim without a grain; the owner's, once the loop has begun
  alignas(64) std::mutex mutex_;  // on another line than the two that the owner works with
  std::atomic<bool> arrived_ = false;
};

// Called by a participant after each of its claims, until it returns false.
struct AfterClaim {
  bool (*call)(void* context) = nullptr;
  void* context = nullptr;
};

class Loop {
 public:
  using Body = void (*)(void* context, std::size_t begin, std::size_t end);

  // grain 0: the loop chooses. `yields`: threads exceed cores, so a participant that watches another gives
  // its core away. `ranges`: one for each participant. `exact`: the body is not called with more than `grain` indices, although
  // several chunks may be claimed together. Everything given must outlive the loop.
  Loop(std::size_t count, std::size_t grain, Body body, void* context, StealableRange* ranges,
       unsigned participants, const Fences& fences, bool yields, bool exact = true);

  unsigned participants() const { return participants_; }

  // A range without an owner becomes the calling thread's: the `preferred` one where that is free, so that a thread that
  // takes part in a loop again begins with the same share, which its cache may hold. Whoever began the loop has range 0. At
  // most participants() threads.
  unsigned arrive(unsigned preferred);

  // Runs chunks until there is nothing left to take. `self`: 0, or from arrive(); each participant once, in any order, or
  // late. What body throws ends the loop for all, and comes out of rethrow().
  void participate(unsigned self, AfterClaim after_claim = {}) noexcept;

  // Only after all participants are through.
  void rethrow() { error_.rethrow(); }

  // How many participants can find work: chunks, if those are fewer than workers.
  static unsigned useful_participants(std::size_t count, std::size_t grain, unsigned workers);

 private:
  class Batches;

  bool find_more(unsigned self);
  void run_chunks(StealableRange& own);
  [[gnu::noinline]] void run_watched(StealableRange& own, AfterClaim& after_claim);
  [[gnu::noinline]] void run_batches(StealableRange& own);
  static Fences choose(const Fences& fences, std::size_t count, std::size_t grain, unsigned participants,
                       bool yields);

  const std::size_t grain_;
  const Body body_;
  void* const context_;
  StealableRange* const ranges_;
  const unsigned participants_;
  const Fences fences_;
  const bool yields_, exact_;
  std::atomic<bool> stopped_ = false;
  FirstError error_;
};

}  // namespace breakeven
