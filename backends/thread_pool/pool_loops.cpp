// How threads of a pool come to a loop that another one has begun: woken for it, or joining while they look around.
#include <algorithm>
#include <chrono>
#include <utility>

#include "backends/thread_pool/thread_pool.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

// In which one participant of a loop can take over and run what another has not begun, where that takes no time: a loop
// of empty tasks is over by then, and who joins it only makes its owner wait.
constexpr std::chrono::nanoseconds kTakeOver{60};

}  // namespace

// Where threads sleep that the loop could use: as many of them as have a core are woken at once, or none at first, where the
// loop was over sooner than they would be up the last time.
void ThreadPool::run_woken(Member& self, Loop& loop, Loop::Body body, std::size_t count, unsigned wanted) {
  struct Wait {
    ThreadPool& pool;
    unsigned wanted;
    Clock::time_point begun;

    void wake() const {
      const unsigned awake = pool.workers_ - pool.sleepers_.threads_asleep();
      if (awake < pool.cores_) pool.sleepers_.wake_some(std::min(wanted, pool.cores_ - awake));
    }
  };
  Wait wait{*this, wanted, Clock::now()};
  if (self.loop_memory.was_short(body, count)) {
    const auto wake_after_all = [](void* context) {
      const auto& waiting = *static_cast<const Wait*>(context);
      if (Clock::now() - waiting.begun < LoopMemory::kShort) return true;
      waiting.wake();
      return false;
    };
    loop.participate(0, {wake_after_all, &wait});
  } else {
    wait.wake();
    wait.begun = Clock::now();
    loop.participate(0);
  }
  // As if all who are awake had worked all the time: a loop that is wrongly taken for long costs a wake-up.
  const auto took = Clock::now() - wait.begun;
  self.loop_memory.note(body, count, took * (workers_ - sleepers_.threads_asleep()));
}

// Takes part in the loops that are open at this member; in a loop only at the second look or later, since the shortest
// are over by then.
bool ThreadPool::join_loop(Member& self, Member& host) {
  for (OpenLoop& open_loop : host.loops.open_now()) {
    const auto opening = open_loop.look();
    if (!opening) continue;
    const bool many = opening->participants * kTakeOver > kLook;
    if (std::exchange(self.thief.loop, *opening) != *opening) {
      if (many) self.thief.loop_seen = Clock::now();
      continue;
    }
    if (many && Clock::now() - self.thief.loop_seen < opening->participants * kTakeOver) continue;
    const bool searched = sleepers_.end_search(self.sleeper);
    Loop* const loop = open_loop.join();
    if (loop == nullptr) {
      if (searched) sleepers_.begin_search(self.sleeper);
      continue;
    }
    // Where no thread sleeps none is to be woken, and a thread that falls asleep from here on looks at
    // everything itself. Nor is one woken beyond the cores: a loop does not wait for chunks that no
    // thread has begun.
    if (searched && sleepers_.wake_is_due() && spare_core()) pass_wake_on();
    count_one(self.joins);
    loop->participate(loop->arrive(self.index));
    open_loop.leave();
    notify_waiters(&open_loop);
    return true;
  }
  return false;
}

}  // namespace breakeven
