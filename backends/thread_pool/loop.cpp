#include "backends/thread_pool/loop.h"

#include <algorithm>
#include <chrono>
#include <thread>

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

Loop::Loop(std::size_t count, std::size_t grain, Body body, void* context, StealableRange* ranges,
           unsigned participants, const Fences& fences, bool yields)
    : grain_(grain),
      body_(body),
      context_(context),
      ranges_(ranges),
      participants_(participants),
      // Few claims: then a locked instruction for each costs less than interrupts for a few steals.
      fences_(grain == 0 ? Fences(Fences::Kind::kSymmetric) : fences),
      yields_(yields) {
  const std::size_t unit = std::max<std::size_t>(1, grain);
  const std::size_t chunks = count / unit + (count % unit != 0);
  std::size_t first = 0;
  for (unsigned i = 0; i < participants; ++i) {  // whole chunks, as equal as that allows
    const std::size_t own = chunks / participants + (i < chunks % participants);
    const std::size_t last = i + 1 == participants ? count : std::min(count, first + own * unit);
    ranges[i].fill({first, last}, i == 0);
    first = last;
  }
}

unsigned Loop::useful_participants(std::size_t count, std::size_t grain, unsigned workers) {
  const std::size_t unit = std::max<std::size_t>(1, grain);
  return static_cast<unsigned>(std::min<std::size_t>(workers, count / unit + (count % unit != 0)));
}

void Loop::participate(unsigned self) noexcept {
  StealableRange& own = ranges_[self];
  own.arrive();
  try {
    do {
      for (IndexRange chunk = own.claim(grain_, fences_); !chunk.empty();
           chunk = own.claim(grain_, fences_)) {
        body_(context_, chunk.first, chunk.last);
      }
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
