// The thread pool's protocols (task_ring.h, loop.h, sleepers.h, combined_step.h), access by access, in every
// interleaving on a machine with store buffers; and that without their barriers they fail, so that
// these tests can.
//
// The barrier in the other threads is modelled as the kernel does it: one thread after the other,
// at any moments.
#include <gtest/gtest.h>

#include "tests/cpp/interleavings.h"

namespace breakeven {
namespace {

using test::find_fault;
using test::kDone;
using test::Machine;
using test::Program;

// Variables of the ring and the range. run[i]: how often task or index i was run (not memory: no
// thread sees it).
enum Variable { kTop, kBottom, kFreed, kLock, kSlot, kRun = kSlot + 4, kNext = kTop, kEnd = kBottom };
constexpr int kTasks = 4;

bool go(Machine& machine, int self, int pc) {
  machine.threads[self].pc = static_cast<std::int8_t>(pc);
  return true;
}

std::int8_t& reg(Machine& machine, int self, int index) { return machine.threads[self].r[index]; }

bool acquire(Machine& machine, int self, int next) {
  if (!machine.idle(self) || machine.memory[kLock] != 0)
    return false;  // a locked instruction drains the buffer
  machine.memory[kLock] = 1;
  return go(machine, self, next);
}

bool release(Machine& machine, int self, int next) {
  return machine.store(self, kLock, 0) && go(machine, self, next);
}

// Stores, for the rare side: drained at once (a sequentially consistent store), then the
// other threads' buffers.
bool store_now(Machine& machine, int self, int variable, int value, int next) {
  if (!machine.idle(self)) return false;
  machine.memory[variable] = static_cast<std::int8_t>(value);
  return go(machine, self, next);
}

std::optional<std::string> each_run_once(const Machine& machine, bool ended, int count) {
  for (int i = 0; i < count; ++i) {
    if (machine.memory[kRun + i] > 1) return "task " + std::to_string(i) + " was run twice";
    if (ended && machine.memory[kRun + i] != 1) return "task " + std::to_string(i) + " was lost";
  }
  return std::nullopt;
}

// The owner pushes tasks 0 and 1, pops one, pushes tasks 2 and 3 in its place, pops until the ring is empty.
bool ring_owner(Machine& machine, int self) {
  auto& pushed = reg(machine, self, 0);  // so far
  auto& popped = reg(machine, self, 1);  // whether the first pop is over
  auto& bottom = reg(machine, self, 2);  // its own
  switch (machine.threads[self].pc) {
    case 0:  // what next?
      if (pushed < 2 || (popped != 0 && pushed < kTasks)) return go(machine, self, 1);
      return go(machine, self, 3);
    case 1:
      return machine.store(self, kSlot + bottom, pushed) && go(machine, self, 2);
    case 2:
      if (!machine.store(self, kBottom, bottom + 1)) return false;
      ++bottom, ++pushed;
      return go(machine, self, 0);
    case 3:  // pop: is it empty?
      if (machine.load(self, kFreed) == bottom) {
        if (popped != 0) return go(machine, self, kDone);
        popped = 1;
        return go(machine, self, 0);
      }
      return go(machine, self, 4);
    case 4:
      return machine.store(self, kBottom, bottom - 1) && go(machine, self, 5);
    case 5:  // the light side has no barrier here
      return go(machine, self, machine.load(self, kTop) < bottom ? 6 : 7);
    case 6:  // won
      --bottom, popped = 1;
      ++machine.memory[kRun + machine.load(self, kSlot + bottom)];
      return go(machine, self, 0);
    case 7:
      return acquire(machine, self, 8);
    case 8:
      return go(machine, self, machine.load(self, kTop) < bottom ? 9 : 10);
    case 9:
      return release(machine, self, 6);
    case 10:  // lost: the ring is empty
      popped = 1;
      return machine.store(self, kBottom, bottom) && go(machine, self, 11);
    default:
      return release(machine, self, 0);
  }
}

// A thief, once: half of what it sees, or all.
Program ring_thief(bool all, bool with_barrier) {
  return [=](Machine& machine, int self) {
    auto& top = reg(machine, self, 0);
    auto& claim = reg(machine, self, 1);
    auto& at = reg(machine, self, 2);
    switch (machine.threads[self].pc) {
      case 0:
        return acquire(machine, self, 1);
      case 1:
        top = static_cast<std::int8_t>(machine.load(self, kTop));
        return go(machine, self, 2);
      case 2: {
        const int seen = machine.load(self, kBottom) - top;
        if (seen <= 0) return release(machine, self, kDone);
        claim = static_cast<std::int8_t>(all ? seen : (seen + 1) / 2);
        return go(machine, self, 3);
      }
      case 3:
        return store_now(machine, self, kTop, top + claim, 4);
      case 4:
        if (with_barrier) machine.drain(0);
        return go(machine, self, 5);
      case 5: {
        const int left = machine.load(self, kBottom) - top;
        if (left >= claim) return go(machine, self, 7);
        claim = static_cast<std::int8_t>(left > 0 ? left : 0);
        return go(machine, self, 6);
      }
      case 6:
        return machine.store(self, kTop, top + claim) && go(machine, self, 7);
      case 7:
        if (at == claim) return go(machine, self, 8);
        ++machine.memory[kRun + machine.load(self, kSlot + top + at)];
        ++at;
        return true;
      case 8:
        return machine.store(self, kFreed, top + claim) && go(machine, self, 9);
      default:
        return release(machine, self, kDone);
    }
  };
}

TEST(ThreadPoolModel, EveryTaskOfARingIsRunOnce) {
  for (const bool all : {false, true}) {
    std::size_t states = 0;
    EXPECT_EQ(find_fault(
                  {}, {ring_owner, ring_thief(all, true), ring_thief(!all, true)},
                  [](const Machine& m, bool ended) { return each_run_once(m, ended, kTasks); }, &states),
              std::nullopt);
    EXPECT_GT(states, 1000U);
  }
}

TEST(ThreadPoolModel, WithoutItsBarrierATaskOfARingIsRunTwice) {
  EXPECT_NE(find_fault({}, {ring_owner, ring_thief(false, false), ring_thief(true, false)},
                       [](const Machine& m, bool ended) { return each_run_once(m, ended, kTasks); }),
            std::nullopt);
}

// The owner of a range claims chunks of `grain` from indices [0, kTasks).
Program share_owner(int grain) {
  return [=](Machine& machine, int self) {
    auto& first = reg(machine, self, 0);
    auto& last = reg(machine, self, 1);
    switch (machine.threads[self].pc) {
      case 0:
        last = static_cast<std::int8_t>(first + grain);
        return machine.store(self, kNext, last) && go(machine, self, 1);
      case 1:
        return go(machine, self, last <= machine.load(self, kEnd) ? 5 : 2);
      case 2:
        return acquire(machine, self, 3);
      case 3: {
        const int end = machine.load(self, kEnd);
        last = static_cast<std::int8_t>(first < end ? std::min<int>(last, end) : first);
        return machine.store(self, kNext, last) && go(machine, self, 4);
      }
      case 4:
        return release(machine, self, 5);
      default:
        if (first == last) return go(machine, self, kDone);
        for (; first < last; ++first) ++machine.memory[kRun + first];
        return go(machine, self, 0);
    }
  };
}

Program share_thief(int grain, bool with_barrier) {
  return [=](Machine& machine, int self) {
    auto& end = reg(machine, self, 0);
    auto& middle = reg(machine, self, 1);
    switch (machine.threads[self].pc) {
      case 0:
        return acquire(machine, self, 1);
      case 1:
        end = static_cast<std::int8_t>(machine.load(self, kEnd));
        return go(machine, self, 2);
      case 2: {
        const int left = end - machine.load(self, kNext);
        if (left <= 0) return release(machine, self, kDone);
        const int chunks = (left + grain - 1) / grain;
        middle = static_cast<std::int8_t>(end - std::min(left, (chunks + 1) / 2 * grain));
        return go(machine, self, 3);
      }
      case 3:
        return store_now(machine, self, kEnd, middle, 4);
      case 4:
        if (with_barrier) machine.drain(0);
        return go(machine, self, 5);
      case 5: {
        const int reached = machine.load(self, kNext);
        if (reached <= middle) return go(machine, self, 7);
        middle = static_cast<std::int8_t>(std::min<int>(reached, end));
        return go(machine, self, 6);
      }
      case 6:
        return machine.store(self, kEnd, middle) && go(machine, self, 7);
      default:
        for (; middle < end; ++middle) ++machine.memory[kRun + middle];
        return release(machine, self, kDone);
    }
  };
}

TEST(ThreadPoolModel, EveryIndexOfARangeIsRunOnce) {
  Machine start{};
  start.memory[kEnd] = kTasks;
  for (const int grain : {1, 2, 3}) {
    EXPECT_EQ(find_fault(start, {share_owner(grain), share_thief(grain, true), share_thief(grain, true)},
                         [](const Machine& m, bool ended) { return each_run_once(m, ended, kTasks); }),
              std::nullopt);
  }
}

TEST(ThreadPoolModel, WithoutItsBarrierAnIndexOfARangeIsRunTwice) {
  Machine start{};
  start.memory[kEnd] = kTasks;
  EXPECT_NE(find_fault(start, {share_owner(1), share_thief(1, false), share_thief(1, false)},
                       [](const Machine& m, bool ended) { return each_run_once(m, ended, kTasks); }),
            std::nullopt);
}

// Sleep. A submitter publishes two tasks; each of two threads takes one and never comes back, as if it took
// for ever. So both must be found by different threads, whatever sleeps when: the wake-up that the second
// task did not send, since a thread was searching, must be passed on. kSleeping + thread: 1 while it sleeps.
enum SleepVariable { kWork, kTaken, kAsleep, kSearching, kSleeping };

struct Omit {
  bool barrier = false, recheck_after_take = false, pass_on_after_deadline = false;
};

// wake_one(), in one step: it is under the mutex.
void wake_one(Machine& machine) {
  for (int thread = 1; thread <= 2; ++thread) {
    if (machine.memory[kSleeping + thread] == 0) continue;
    machine.memory[kSleeping + thread] = 0;
    --machine.memory[kAsleep];
    ++machine.memory[kSearching];
    return;
  }
}

bool wake_is_due(const Machine& machine) {
  return machine.memory[kAsleep] != 0 && machine.memory[kSearching] == 0;
}

Program submitter(int count) {
  return [=](Machine& machine, int self) {
    auto& tasks = reg(machine, self, 0);
    switch (machine.threads[self].pc) {
      case 0:
        if (tasks == count) return go(machine, self, kDone);
        return machine.store(self, kWork, ++tasks) && go(machine, self, 1);
      case 1:  // one load: all counts stand in one word
        return go(machine, self, wake_is_due(machine) ? 2 : 0);
      default:
        if (!machine.idle(self)) return false;  // the mutex drains the buffer
        wake_one(machine);
        return go(machine, self, 0);
    }
  };
}

Program worker(Omit omit) {
  return [=](Machine& machine, int self) {
    const auto visible = [&] { return machine.load(self, kWork) > machine.memory[kTaken]; };
    switch (machine.threads[self].pc) {
      case 0:  // searching: is there work?
        return go(machine, self, visible() ? 1 : 5);
      case 1:  // leaves the searchers, before the barrier of its steal
        --machine.memory[kSearching];
        return go(machine, self, 2);
      case 2:
        if (!omit.barrier) machine.drain(0);
        return go(machine, self, 3);
      case 3:  // the steal itself, under the ring's lock
        if (!visible()) {
          ++machine.memory[kSearching];
          return go(machine, self, 0);
        }
        ++machine.memory[kTaken];
        return go(machine, self, 4);
      case 4:  // what remains is the next one's
        if (!omit.recheck_after_take && wake_is_due(machine) && visible()) wake_one(machine);
        return go(machine, self, kDone);
      case 5:  // falls asleep
        machine.memory[kSleeping + self] = 1;
        ++machine.memory[kAsleep];
        --machine.memory[kSearching];
        return go(machine, self, 6);
      case 6:
        if (!omit.barrier) machine.drain(0);
        return go(machine, self, 7);
      case 7:
        return go(machine, self, visible() ? 8 : 9);
      case 8:  // stays awake, unless it was woken meanwhile: then it is a searcher already
        if (machine.memory[kSleeping + self] != 0) {
          machine.memory[kSleeping + self] = 0;
          --machine.memory[kAsleep];
          ++machine.memory[kSearching];
        }
        return go(machine, self, 0);
      default:
        if (machine.memory[kSleeping + self] != 0) return false;  // asleep
        return go(machine, self, 0);
    }
  };
}

std::optional<std::string> sleep_fault(Omit omit) {
  Machine start{};
  start.memory[kSearching] = 2;
  return find_fault(start, {submitter(2), worker(omit), worker(omit)},
                    [](const Machine& machine, bool ended) -> std::optional<std::string> {
                      if (ended && machine.memory[kTaken] != 2) return "a task was left";
                      return std::nullopt;
                    });
}

TEST(ThreadPoolModel, NoTaskIsLeftWithEveryThreadAsleep) { EXPECT_EQ(sleep_fault({}), std::nullopt); }

TEST(ThreadPoolModel, WithoutItsBarrierAWakeUpIsLost) {
  EXPECT_NE(sleep_fault({.barrier = true}), std::nullopt);
}

TEST(ThreadPoolModel, WithoutPassingItOnAWakeUpIsLost) {
  EXPECT_NE(sleep_fault({.recheck_after_take = true}), std::nullopt);
}

// A waiter whose deadline passes while it sleeps: it takes itself off, unless a wake-up for work has chosen it already;
// then it must pass that on, since it runs nothing any more. It is not counted among the searchers at first.
Program timed_waiter(Omit omit) {
  return [=](Machine& machine, int self) {
    const auto visible = [&] { return machine.load(self, kWork) > machine.memory[kTaken]; };
    switch (machine.threads[self].pc) {
      case 0:  // falls asleep
        machine.memory[kSleeping + self] = 1;
        ++machine.memory[kAsleep];
        return go(machine, self, 1);
      case 1:  // the deadline, at any moment
        if (machine.memory[kSleeping + self] == 0) return go(machine, self, 2);
        machine.memory[kSleeping + self] = 0;
        --machine.memory[kAsleep];
        return go(machine, self, kDone);
      case 2:  // chosen: it leaves the searchers
        --machine.memory[kSearching];
        return go(machine, self, omit.pass_on_after_deadline ? kDone : 3);
      case 3:
        machine.drain(0);
        return go(machine, self, 4);
      default:
        if (wake_is_due(machine) && visible()) wake_one(machine);
        return go(machine, self, kDone);
    }
  };
}

std::optional<std::string> deadline_fault(Omit omit) {
  Machine start{};
  start.memory[kSearching] = 1;
  return find_fault(start, {submitter(1), timed_waiter(omit), worker(omit)},
                    [](const Machine& machine, bool ended) -> std::optional<std::string> {
                      if (ended && machine.memory[kTaken] != 1) return "a task was left";
                      return std::nullopt;
                    });
}

TEST(ThreadPoolModel, AWaiterThatGivesUpLeavesNoTask) { EXPECT_EQ(deadline_fault({}), std::nullopt); }

TEST(ThreadPoolModel, WithoutPassingItOnAWaiterThatGivesUpLosesAWakeUp) {
  EXPECT_NE(deadline_fault({.pass_on_after_deadline = true}), std::nullopt);
}

// The counts of wait_all(): each of two members posts a task and runs the other's; a waiter reads what is completed
// first and what was posted after it, and takes equal sums for the end.
enum CountVariable {
  kPosted,
  kCompleted = kPosted + 2,
  kPublished = kCompleted + 2,
  kSeenEqual = kPublished + 2
};

bool member(Machine& machine, int self) {
  const int other = 1 - self;
  switch (machine.threads[self].pc) {
    case 0:
      return machine.store(self, kPosted + self, 1) && go(machine, self, 1);
    case 1:  // the push: released behind the count
      return machine.store(self, kPublished + self, 1) && go(machine, self, 2);
    case 2:
      if (machine.load(self, kPublished + other) == 0) return false;
      return go(machine, self, 3);
    default:
      return machine.store(self, kCompleted + self, 1) && go(machine, self, kDone);
  }
}

Program count_reader(bool posted_first) {
  return [=](Machine& machine, int self) {
    auto& sum = reg(machine, self, 0);
    const int at = machine.threads[self].pc;
    if (at < 4) {
      const bool posted = (at < 2) == posted_first;
      const int value = machine.load(self, (posted ? kPosted : kCompleted) + at % 2);
      sum = static_cast<std::int8_t>(sum + (posted ? value : -value));
      return go(machine, self, at + 1);
    }
    // Equal before anything was posted is right, too: nothing was pending then.
    machine.memory[kSeenEqual] = static_cast<std::int8_t>(sum == 0 ? 1 : 0);
    return go(machine, self, kDone);
  };
}

// Whether "all is done" can be seen although at no moment since the reading began nothing was pending: one task was
// posted, and not completed, before it began.
std::optional<std::string> count_fault(bool posted_first) {
  Machine start{};
  start.memory[kPosted] = 1;  // member 0 has posted already
  start.threads[0].pc = 1;
  return find_fault(start, {member, member, count_reader(posted_first)},
                    [](const Machine& machine, bool) -> std::optional<std::string> {
                      const bool pending = machine.memory[kCompleted + 1] == 0;  // who runs member 0's task
                      if (machine.memory[kSeenEqual] == 1 && pending)
                        return "a pending task was taken for done";
                      return std::nullopt;
                    });
}

TEST(ThreadPoolModel, NothingIsPendingWhenTheCountsAreEqual) { EXPECT_EQ(count_fault(false), std::nullopt); }

TEST(ThreadPoolModel, CountsThatAreReadTheOtherWayRoundAreMisleading) {
  EXPECT_NE(count_fault(true), std::nullopt);
}

// One barrier for several (CombinedStep): two rare sides each store their own variable, ask, and are served by either's
// barrier; the frequent side stores, then loads both variables. One of each pair must see the other.
enum CombinedVariable {
  kFrequent,
  kRare,
  kAsked = kRare + 2,
  kServed,
  kBusy,
  kFrequentSaw,
  kRareSaw = kFrequentSaw + 2
};

bool frequent_side(Machine& machine, int self) {
  const int at = machine.threads[self].pc;
  if (at == 0) return machine.store(self, kFrequent, 1) && go(machine, self, 1);
  machine.memory[kFrequentSaw + at - 1] = static_cast<std::int8_t>(machine.load(self, kRare + at - 1));
  return go(machine, self, at == 2 ? kDone : at + 1);
}

// `reads_late`: which requests the barrier serves is read when it is over, not before it begins.
Program rare_side(bool reads_late) {
  return [=](Machine& machine, int self) {
    const int mine = self - 1;  // of its variable
    auto& request = reg(machine, self, 0);
    auto& up_to = reg(machine, self, 1);
    switch (machine.threads[self].pc) {
      case 0:
        return store_now(machine, self, kRare + mine, 1, 1);
      case 1:  // a locked addition
        request = ++machine.memory[kAsked];
        return go(machine, self, 2);
      case 2:
        return go(machine, self, machine.load(self, kServed) >= request ? 7 : 3);
      case 3:  // an exchange
        if (machine.memory[kBusy] != 0) return go(machine, self, 2);
        machine.memory[kBusy] = 1;
        if (machine.load(self, kServed) >= request) return go(machine, self, 6);
        return go(machine, self, 4);
      case 4:
        up_to = static_cast<std::int8_t>(machine.load(self, kAsked));
        return go(machine, self, 5);
      case 5:
        machine.drain(0);
        return go(machine, self, reads_late ? 8 : 9);
      case 8:
        up_to = static_cast<std::int8_t>(machine.load(self, kAsked));
        return go(machine, self, 9);
      case 9:
        return machine.store(self, kServed, up_to) && go(machine, self, 6);
      case 6:
        return machine.store(self, kBusy, 0) && go(machine, self, 7);
      default:
        machine.memory[kRareSaw + mine] = static_cast<std::int8_t>(1 + machine.load(self, kFrequent));
        return go(machine, self, kDone);
    }
  };
}

std::optional<std::string> combined_fault(bool reads_late) {
  return find_fault(Machine{}, {frequent_side, rare_side(reads_late), rare_side(reads_late)},
                    [](const Machine& machine, bool ended) -> std::optional<std::string> {
                      for (int i = 0; ended && i < 2; ++i) {
                        if (machine.memory[kFrequentSaw + i] == 0 && machine.memory[kRareSaw + i] == 1)
                          return "neither side saw the other";
                      }
                      return std::nullopt;
                    });
}

TEST(ThreadPoolModel, ABarrierThatIsSharedServesAllWhoAskedBeforeIt) {
  EXPECT_EQ(combined_fault(false), std::nullopt);
}

TEST(ThreadPoolModel, ABarrierThatServesWhoAskedDuringItIsNone) {
  EXPECT_NE(combined_fault(true), std::nullopt);
}

// A tree of wake-ups (Sleepers::wake_some): a loop's owner wakes all who sleep, the first itself; the second's wake-up is the
// first's to send, as soon as it is awake. Each takes one of two shares. kSleeping: 2 while chosen, its wake-up under way.
constexpr int kOwes = kSleeping + 3;  // thread 1: whether the wake-up of thread 2 is its to send

Program tree_waker() {
  return [](Machine& machine, int self) {
    if (machine.threads[self].pc == 0) return machine.store(self, kWork, 2) && go(machine, self, 1);
    if (machine.threads[self].pc == 1) return go(machine, self, machine.memory[kAsleep] != 0 ? 2 : kDone);
    if (!machine.idle(self)) return false;  // the mutex
    const bool first = machine.memory[kSleeping + 1] == 1, second = machine.memory[kSleeping + 2] == 1;
    for (int thread = 1; thread <= 2; ++thread) {
      if (machine.memory[kSleeping + thread] != 1) continue;
      machine.memory[kSleeping + thread] = static_cast<std::int8_t>(first && second && thread == 2 ? 2 : 0);
      --machine.memory[kAsleep];
      ++machine.memory[kSearching];
    }
    if (first && second) machine.memory[kOwes] = 1;
    return go(machine, self, kDone);
  };
}

Program tree_worker(bool pays) {
  return [=](Machine& machine, int self) {
    const auto visible = [&] { return machine.load(self, kWork) > machine.memory[kTaken]; };
    const auto up = [&] {
      if (self == 1 && pays && machine.memory[kOwes] != 0) {
        machine.memory[kOwes] = 0;
        machine.memory[kSleeping + 2] = 0;
      }
      return go(machine, self, 0);
    };
    switch (machine.threads[self].pc) {
      case 0:  // searching: takes a share, or falls asleep
        if (!visible()) return go(machine, self, 1);
        --machine.memory[kSearching];
        ++machine.memory[kTaken];
        return go(machine, self, kDone);
      case 1:
        machine.memory[kSleeping + self] = 1;
        ++machine.memory[kAsleep];
        --machine.memory[kSearching];
        return go(machine, self, 2);
      case 2:
        machine.drain(0);
        return go(machine, self, 3);
      case 3:
        if (!visible()) return go(machine, self, 4);
        if (machine.memory[kSleeping + self] == 1) {  // nobody has chosen it
          machine.memory[kSleeping + self] = 0;
          --machine.memory[kAsleep];
          ++machine.memory[kSearching];
          return go(machine, self, 0);
        }
        machine.memory[kSleeping + self] = 0;  // chosen, and not in the kernel: it finds itself woken
        return up();
      default:
        if (machine.memory[kSleeping + self] != 0) return false;  // asleep
        return up();
    }
  };
}

std::optional<std::string> tree_fault(bool pays) {
  Machine start{};
  start.memory[kSearching] = 2;
  return find_fault(start, {tree_waker(), tree_worker(pays), tree_worker(pays)},
                    [](const Machine& machine, bool ended) -> std::optional<std::string> {
                      if (ended && machine.memory[kTaken] != 2) return "a share was left";
                      return std::nullopt;
                    });
}

TEST(ThreadPoolModel, ATreeOfWakeUpsReachesEveryone) { EXPECT_EQ(tree_fault(true), std::nullopt); }

TEST(ThreadPoolModel, WhoDoesNotHandAWakeUpOnLeavesAShare) { EXPECT_NE(tree_fault(false), std::nullopt); }

}  // namespace
}  // namespace breakeven
