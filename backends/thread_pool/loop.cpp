#include "backends/thread_pool/loop.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "backends/platform/spin.h"

namespace breakeven {
namespace {

// Between two looks at a range.
constexpr std::chrono::nanoseconds kWatch{300};

}  // namespace

bool StealableRange::Progress::ends_soon_after(const Progress& before) const {
  // A steal (a barrier in the owner's thread, too) costs some 3 to 30 of the times between two looks.
  constexpr std::size_t kWorthwhileWatches = 20;
  // Having more than before, it has finished what it had, and found more.
  return left > before.left || left <= kWorthwhileWatches * (before.left - left);
}

IndexRange StealableRange::claim_rest(std::size_t first, std::size_t last) {
  const std::lock_guard lock(mutex_);  // no thief is stealing: end_ is final
  const auto end = end_.load(std::memory_order_relaxed);
  last = first < end ? std::min(last, end) : first;
  next_.store(last, std::memory_order_release);
  return {first, last};
}

IndexRange StealableRange::steal(std::size_t grain, const Fences& fences) {
  const std::lock_guard lock(mutex_);
  const auto next = next_.load(std::memory_order_relaxed), end = end_.load(std::memory_order_relaxed);
  if (next >= end) return {};
  if (!arrived_.load(std::memory_order_relaxed)) {
    end_.store(next, std::memory_order_relaxed);
    return {next, end};
  }
  const auto chunks = (end - next + grain - 1) / grain;
  auto middle = end - std::min(end - next, (chunks + 1) / 2 * grain);
  fences.store_rarely(end_, middle);
  if (const auto reached = Fences::load(next_); reached > middle) {
    middle = std::min(reached, end);
    end_.store(middle, std::memory_order_relaxed);
  }
  return {middle, end};
}

namespace {

// The shortest loops take less than their divisions would, which chunks of one and chunks as many as participants do not need.
std::size_t chunks_of(std::size_t count, std::size_t grain) {
  if (grain <= 1) return count;
  return count / grain + (count % grain != 0);
}

std::size_t share(std::size_t chunks, unsigned participants) {
  return chunks == participants ? 1 : chunks / participants;
}

}  // namespace

// Locked instructions for the claims, or interrupts for the steals, whichever cost less. Each participant steals some times,
// and each time interrupts all others, which has its price only where those have a core. Without a grain claims are few.
Fences Loop::choose(const Fences& fences, std::size_t count, std::size_t grain, unsigned participants,
                    bool yields) {
  constexpr std::size_t kLocked = 6, kInterrupt = 500;  // ns
  const std::size_t others = participants - 1;
  if (grain != 0) {
    const bool few = share(chunks_of(count, grain), participants) * kLocked < others * others * kInterrupt;
    if (!few || yields) return fences;
  }
  return Fences(Fences::Kind::kSymmetric);
}

// How many chunks a participant claims at once, where a grain is given: one, and more while those together take less than some
// 100 ns. What is claimed cannot be stolen, so they are no more than a sixteenth of what the range holds, and one again
// as soon as a claim takes longer. The clock is read once in four claims, or in 32 where they take long.
class Loop::Batches {
 public:
  // Whether a range holds enough chunks to earn the readings of the clock.
  static bool are_worthwhile(std::size_t grain, const StealableRange& range) {
    return range.left() / grain > kFewChunks;
  }

  // Indices of `range`.
  std::size_t next(std::size_t grain, const StealableRange& range) {
    if (--until_reading_ == 0) adapt();
    if (chunks_ == 1) return grain;
    return grain * std::clamp<std::size_t>(range.left() / kLeastClaims / grain, 1, chunks_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr unsigned kOften = 4, kSeldom = 32;
  static constexpr std::size_t kMostChunks = 64, kLeastClaims = 16, kFewChunks = 512;
  static constexpr std::chrono::nanoseconds kBrief{100}, kLong{400};  // a claim

  void adapt() {
    const auto now = Clock::now();
    const auto took = now - std::exchange(since_, now);
    if (took < interval_ * kBrief) {
      chunks_ = std::min(4 * chunks_, kMostChunks);
    } else if (took > interval_ * kLong) {
      chunks_ = 1;
    }
    until_reading_ = interval_ = took > interval_ * kLong ? kSeldom : kOften;
  }

  std::size_t chunks_ = 1;
  unsigned interval_ = kOften, until_reading_ = kOften;
  Clock::time_point since_ = Clock::now();
};

Loop::Loop(std::size_t count, std::size_t grain, Body body, void* context, StealableRange* ranges,
           unsigned participants, const Fences& fences, bool yields, bool exact)
    : grain_(grain),
      body_(body),
      context_(context),
      ranges_(ranges),
      participants_(participants),
      fences_(choose(fences, count, grain, participants, yields)),
      yields_(yields),
      exact_(exact) {
  const std::size_t unit = std::max<std::size_t>(1, grain);
  const std::size_t chunks = chunks_of(count, grain);
  const std::size_t least = share(chunks, participants), rest = chunks - least * participants;
  std::size_t first = 0;
  for (unsigned i = 0; i < participants; ++i) {  // whole chunks, as equal as that allows
    const std::size_t own = least + (i < rest);
    const std::size_t last = i + 1 == participants ? count : std::min(count, first + own * unit);
    ranges[i].fill({first, last}, i == 0);
    first = last;
  }
}

unsigned Loop::useful_participants(std::size_t count, std::size_t grain, unsigned workers) {
  return static_cast<unsigned>(std::min<std::size_t>(workers, chunks_of(count, grain)));
}

unsigned Loop::arrive(unsigned preferred) {
  unsigned self = preferred < participants_ ? preferred : preferred % participants_;
  while (!ranges_[self].arrive()) self = self + 1 < participants_ ? self + 1 : 0;
  return self;
}

// What a range holds and is not stolen meanwhile, one chunk after the other. It takes some ns an index, of which a branch
// would be a third: so what is rare has loops of its own.
void Loop::run_chunks(StealableRange& own) {
  for (auto chunk = own.claim(grain_, fences_); !chunk.empty(); chunk = own.claim(grain_, fences_))
    body_(context_, chunk.first, chunk.last);
}

void Loop::run_watched(StealableRange& own, AfterClaim& after_claim) {
  for (auto chunk = own.claim(grain_, fences_); !chunk.empty(); chunk = own.claim(grain_, fences_)) {
    body_(context_, chunk.first, chunk.last);
    if (after_claim.call(after_claim.context)) continue;
    after_claim.call = nullptr;
    return;
  }
}

void Loop::run_batches(StealableRange& own) {
  Batches batches;
  const auto claim = [&] { return own.claim(batches.next(grain_, own), fences_); };
  for (auto claimed = claim(); !claimed.empty(); claimed = claim()) {
    const std::size_t step = exact_ ? grain_ : claimed.last - claimed.first;
    for (std::size_t first = claimed.first; first < claimed.last; first += step)
      body_(context_, first, std::min(claimed.last, first + step));
  }
}

void Loop::participate(unsigned self, AfterClaim after_claim) noexcept {
  StealableRange& own = ranges_[self];
  try {
    do {
      if (after_claim.call != nullptr) [[unlikely]]
        run_watched(own, after_claim);
      if (grain_ != 0 && (!exact_ || !fences_.asymmetric()) && Batches::are_worthwhile(grain_, own))
        run_batches(own);
      run_chunks(own);
    } while (find_more(self));
  } catch (...) {
    stopped_.store(true, std::memory_order_relaxed);  // published by the locks: a later refill sees it
    for (unsigned i = 0; i < participants_; ++i) ranges_[i].drop();
    error_.keep();
  }
}

// Refills the own range from another's; false: no range has any left. An owner that will be through sooner
// than a steal takes (with a barrier in its thread, too) is left alone, and watched: the index that it is
// running may be the one that takes an hour.
bool Loop::find_more(unsigned self) {
  for (unsigned step = 1; step < participants_; ++step) {
    StealableRange& victim = ranges_[(self + step) % participants_];
    auto before = victim.look();
    while (before.left != 0) {
      if (before.arrived) {
        if (yields_) {
          std::this_thread::yield();
        } else {
          spin_until([] { return false; }, kWatch);
        }
        const auto now = victim.look();
        const bool left_alone = now.ends_soon_after(before);
        before = now;
        if (left_alone) continue;
      }
      const IndexRange stolen = victim.steal(std::max<std::size_t>(1, grain_), fences_);
      if (stolen.empty()) break;
      ranges_[self].refill(stolen);
      if (stopped_.load(std::memory_order_relaxed)) ranges_[self].drop();
      return true;
    }
  }
  return false;
}

}  // namespace breakeven
