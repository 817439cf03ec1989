#include "backends/thread_pool/sleepers.h"

#include <algorithm>

#include "backends/platform/affinity.h"

namespace breakeven {

// A searcher that falls asleep stops being one in the same step: it is about to look at all work itself.
void Sleepers::enter(Sleeper& self, const void* key) {
  const std::lock_guard lock(mutex_);
  asleep_.push_back(&self);
  self.key = key;
  self.why.store(Sleeper::kAsleep, std::memory_order_relaxed);  // published by the mutex
  const std::uint64_t searched = self.searching ? kOneSearching : 0;
  self.searching = false;
  state_.fetch_add(entry(self) - searched, std::memory_order_seq_cst);
}

// Returns whether no other thread had claimed its wake-up. A thread of the pool goes on as a searcher, a
// waiter does not.
bool Sleepers::leave(Sleeper& self) noexcept {
  const std::lock_guard lock(mutex_);
  if (self.why.load(std::memory_order_relaxed) != Sleeper::kAsleep) return false;
  std::erase(asleep_, &self);
  self.why.store(Sleeper::kUp, std::memory_order_relaxed);
  self.searching = self.key == nullptr;
  state_.fetch_add((self.searching ? kOneSearching : 0) - entry(self), std::memory_order_seq_cst);
  return true;
}

void Sleepers::wake_one(bool waker_works) noexcept {
  Sleeper* chosen = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (asleep_.empty()) return;
    const auto thread = std::find_if(asleep_.rbegin(), asleep_.rend(),
                                     [](const Sleeper* sleeper) { return sleeper->key == nullptr; });
    const auto place = thread != asleep_.rend() ? std::prev(thread.base()) : std::prev(asleep_.end());
    chosen = *place;
    asleep_.erase(place);
    state_.fetch_add(kOneSearching - entry(*chosen), std::memory_order_seq_cst);
    chosen->waker_cpu = current_cpu();
    chosen->waker_works = waker_works;
    chosen->why.store(Sleeper::kForWork, std::memory_order_release);
    count(1);
  }
  futex_wake_one(chosen->why, FutexScope::kProcess);  // outside: the woken thread may want the mutex
}

void Sleepers::wake_some(unsigned most) noexcept {
  // Breadth first: number i is woken by number i / kMostWakes - 1, the first few by the caller.
  constexpr unsigned kWakes = Sleeper::kMostWakes;
  std::array<Sleeper*, kMostAtOnce> chosen;
  unsigned number = 0;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = asleep_.size(); at-- > 0 && number < std::min(most, kMostAtOnce);) {
      if (asleep_[at]->key == nullptr) chosen[number++] = asleep_[at];
    }
    std::erase_if(asleep_, [&](Sleeper* sleeper) {
      return std::find(chosen.begin(), chosen.begin() + number, sleeper) != chosen.begin() + number;
    });
    for (unsigned i = 0; i < number; ++i) {
      chosen[i]->waker_cpu = current_cpu();
      chosen[i]->waker_works = true;
      if (i >= kWakes) chosen[i / kWakes - 1]->wakes[i % kWakes] = chosen[i];
    }
    state_.fetch_add(number * (kOneSearching - kOneThread), std::memory_order_seq_cst);
    count(number);
    // Last: whoever gets up by itself reads what it was handed.
    for (unsigned i = 0; i < number; ++i) chosen[i]->why.store(Sleeper::kForWork, std::memory_order_release);
  }
  for (unsigned i = 0; i < std::min(number, kWakes); ++i)
    futex_wake_one(chosen[i]->why, FutexScope::kProcess);
}

void Sleepers::wake(const void* key) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(asleep_, [this, key](Sleeper* sleeper) {
    if (sleeper->key != key) return false;
    const auto why = key == nullptr ? Sleeper::kForWork : Sleeper::kForKey;
    state_.fetch_add((key == nullptr ? kOneSearching : 0) - entry(*sleeper), std::memory_order_seq_cst);
    sleeper->waker_cpu = current_cpu();
    sleeper->waker_works = true;
    sleeper->why.store(why, std::memory_order_release);
    count(1);
    futex_wake_one(sleeper->why, FutexScope::kProcess);
    return true;
  });
}

}  // namespace breakeven
