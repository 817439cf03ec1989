// The thread pool by itself: every promise of thread_pool.h. (thread_pool_stress_test.cpp looks for races.)
#include "backends/thread_pool/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <limits>
#include <memory>
#include <numeric>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace breakeven {
namespace {

// Most promises hold for any number of workers: alone, the usual, and more than the cores; and with the
// portable fences as with the fast ones.
struct PoolKind {
  unsigned workers;
  Fences::Kind fences;
  std::string name() const {
    return std::to_string(workers) + (fences == Fences::Kind::kSymmetric ? "_portable" : "");
  }
  friend void PrintTo(const PoolKind& kind, std::ostream* out) { *out << kind.name(); }
};

class AnyPool : public testing::TestWithParam<PoolKind> {
 protected:
  const unsigned workers = GetParam().workers;
  const ThreadPool::Settings settings{.idle = ThreadPool::Idle::kSleep, .fences = GetParam().fences};
  ThreadPool pool{workers, settings};
};
INSTANTIATE_TEST_SUITE_P(Workers, AnyPool,
                         testing::Values(PoolKind{1, Fences::Kind::kBest}, PoolKind{2, Fences::Kind::kBest},
                                         PoolKind{3, Fences::Kind::kBest}, PoolKind{8, Fences::Kind::kBest},
                                         PoolKind{2, Fences::Kind::kSymmetric},
                                         PoolKind{8, Fences::Kind::kSymmetric}),
                         [](const auto& parameter) { return parameter.param.name(); });

TEST_P(AnyPool, RunsEveryTaskOfAGroupOnce) {
  std::vector<int> runs(10'000);
  TaskGroup group(pool);
  for (int& count : runs) group.submit([&count] { ++count; });
  group.wait();
  EXPECT_TRUE(std::ranges::all_of(runs, [](int count) { return count == 1; }));
}

TEST_P(AnyPool, AGroupCanBeUsedAnew) {
  int sum = 0;
  TaskGroup group(pool);
  for (int i = 1; i <= 100; ++i) {
    group.submit([&sum, i] { sum += i; });
    group.wait();
  }
  EXPECT_EQ(sum, 5050);
}

TEST_P(AnyPool, WaitsForNothingAtOnce) {
  TaskGroup group(pool);
  group.wait();
}

TEST_P(AnyPool, AGroupWaitsInItsDestructor) {
  std::atomic<int> done = 0;
  {
    TaskGroup group(pool);
    for (int i = 0; i < 100; ++i) group.submit([&] { ++done; });
    group.submit([] { throw std::runtime_error("nobody fetches this"); });
  }
  EXPECT_EQ(done, 100);
}

TEST_P(AnyPool, AGroupRethrowsOneExceptionAndRunsTheRest) {
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  for (int i = 0; i < 100; ++i) {
    group.submit([&done, i] {
      ++done;
      if (i % 10 == 3) throw std::runtime_error("three");
    });
  }
  EXPECT_THROW(group.wait(), std::runtime_error);
  EXPECT_EQ(done, 100);
  group.submit([&] { ++done; });
  EXPECT_NO_THROW(group.wait());
}

TEST_P(AnyPool, FuturesCarryEveryKindOfResult) {
  int target = 5;
  auto value = pool.submit([] { return 42; });
  auto text = pool.submit([] { return std::string(1000, 'x'); });
  auto moved = pool.submit([] { return std::make_unique<int>(7); });
  auto reference = pool.submit([&]() -> int& { return target; });
  auto nothing = pool.submit([&] { target = 6; });
  nothing.get();
  EXPECT_EQ(value.get(), 42);
  EXPECT_EQ(text.get(), std::string(1000, 'x'));
  EXPECT_EQ(*moved.get(), 7);
  EXPECT_EQ(&reference.get(), &target);
  EXPECT_EQ(target, 6);
  EXPECT_FALSE(value.valid());
}

TEST_P(AnyPool, FuturesCarryExceptions) {
  auto future = pool.submit([]() -> int { throw std::out_of_range("far"); });
  future.wait();
  EXPECT_TRUE(future.ready());
  EXPECT_THROW(future.get(), std::out_of_range);
}

TEST_P(AnyPool, AFutureMayBeDroppedBeforeItsTaskRan) {
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i) pool.submit([&] { return ++done; });
  for (int i = 0; i < 100; ++i) pool.submit([&] { ++done; }).wait();
  while (done != 200) std::this_thread::yield();
}

TEST_P(AnyPool, TakesCallablesThatAreLargeOrMoveOnlyOrAligned) {
  std::array<std::uint64_t, 100> large;
  std::iota(large.begin(), large.end(), 0);
  auto pointer = std::make_unique<int>(3);
  struct alignas(64) Aligned {
    std::uintptr_t operator()() const { return reinterpret_cast<std::uintptr_t>(this) % 64; }
  };
  auto sum = pool.submit([large] { return std::accumulate(large.begin(), large.end(), std::uint64_t{0}); });
  auto content = pool.submit([pointer = std::move(pointer)] { return *pointer; });
  auto misalignment = pool.submit(Aligned{});
  EXPECT_EQ(sum.get(), 4950U);
  EXPECT_EQ(content.get(), 3);
  EXPECT_EQ(misalignment.get(), 0U);
}

TEST_P(AnyPool, WhatATaskCapturedIsReleasedBeforeItsEndIsSeen) {
  for (int i = 0; i < 200; ++i) {
    auto token = std::make_shared<int>(0);
    TaskGroup group(pool);
    group.submit([token] {});
    auto future = pool.submit([token] {});
    group.wait();
    future.get();
    EXPECT_EQ(token.use_count(), 1);
  }
}

TEST_P(AnyPool, ParallelForCallsEveryIndexOnceForAnyGrain) {
  for (const std::size_t count : {0UL, 1UL, 2UL, 7UL, 1000UL}) {
    for (const std::size_t grain : {0UL, 1UL, 3UL, 999UL, 1000UL, 5000UL}) {
      std::vector<int> calls(count + 10);
      pool.parallel_for(
          10, 10 + count, [&](std::size_t i) { ++calls[i]; }, grain);
      for (std::size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(calls[i], i < 10 ? 0 : 1);
    }
  }
  pool.parallel_for(5, 2, [](std::size_t) { FAIL(); });
}

TEST_P(AnyPool, ParallelForHandsOutRangesOfTheGrain) {
  std::atomic<std::size_t> sum = 0;
  pool.parallel_for_ranges(
      3, 103,
      [&](std::size_t begin, std::size_t end) {
        EXPECT_LT(begin, end);
        if (pool.workers() > 1) {
          EXPECT_LE(end - begin, 7U);
        }
        sum += end - begin;
      },
      7);
  EXPECT_EQ(sum, 100U);
}

TEST_P(AnyPool, ParallelForWorksAtTheEndOfTheIndexRange) {
  constexpr std::size_t kLast = std::numeric_limits<std::size_t>::max();
  std::atomic<int> calls = 0;
  pool.parallel_for(
      kLast - 100, kLast, [&](std::size_t) { ++calls; }, kLast - 1);
  pool.parallel_for(
      kLast - 100, kLast, [&](std::size_t) { ++calls; }, 1);
  EXPECT_EQ(calls, 200);
}

TEST_P(AnyPool, ParallelForRethrowsAndStopsHandingOut) {
  std::atomic<std::size_t> calls = 0;
  const auto body = [&](std::size_t i) {
    ++calls;
    if (i == 0) throw std::runtime_error("zero");
  };
  EXPECT_THROW(pool.parallel_for(0, 1'000'000, body, 1), std::runtime_error);
  EXPECT_LE(calls, 1'000'000U);
  pool.parallel_for(1, 10, body);  // and the pool goes on
}

std::size_t fibonacci(ThreadPool& pool, std::size_t n) {
  if (n < 2) return n;
  std::size_t one = 0;
  TaskGroup group(pool);
  group.submit([&] { one = fibonacci(pool, n - 1); });
  const std::size_t two = fibonacci(pool, n - 2);
  group.wait();
  return one + two;
}

TEST_P(AnyPool, TasksSubmitTasksAndWaitForThem) { EXPECT_EQ(fibonacci(pool, 18), 2584U); }

TEST_P(AnyPool, FuturesAreWaitedForInsideTasks) {
  auto outer = pool.submit([&] {
    auto left = pool.submit([] { return 1; }), right = pool.submit([] { return 2; });
    return left.get() + right.get();
  });
  EXPECT_EQ(outer.get(), 3);
}

TEST_P(AnyPool, ParallelForNests) {
  std::vector<std::atomic<int>> cells(30 * 30);
  pool.parallel_for(
      0, 30,
      [&](std::size_t i) {
        pool.parallel_for(
            0, 30, [&, i](std::size_t j) { ++cells[i * 30 + j]; }, 1);
      },
      1);
  EXPECT_TRUE(std::ranges::all_of(cells, [](const auto& cell) { return cell == 1; }));
}

TEST_P(AnyPool, WorkerIndicesAreNeverSharedByRunningTasks) {
  std::vector<std::atomic<int>> running(pool.workers());
  EXPECT_EQ(pool.worker_index(), 0U);
  TaskGroup group(pool);
  for (int i = 0; i < 2000; ++i) {
    group.submit([&] {
      auto& mine = running[pool.worker_index()];
      EXPECT_EQ(mine++, 0);
      --mine;
    });
  }
  group.wait();
}

TEST_P(AnyPool, ParallelForNestsDeeperThanItOpensLoops) {
  std::atomic<int> leaves = 0;
  const auto nest = [&](const auto& self, int depth) -> void {
    if (depth == 0) {
      ++leaves;
      return;
    }
    pool.parallel_for(
        0, 2, [&](std::size_t) { self(self, depth - 1); }, 1);
  };
  nest(nest, 11);
  EXPECT_EQ(leaves, 2048);
}

// More tasks than a ring holds: some run inside submit(), and tasks that submit in turn make the ring grow.
TEST_P(AnyPool, TasksThatSubmitMoreThanARingHoldsAllRun) {
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  const auto chain = [&](const auto& self, int length) -> void {
    ++done;
    if (length > 0) group.submit([&self, length] { self(self, length - 1); });
  };
  for (int i = 0; i < 3000; ++i) group.submit([&] { chain(chain, 40); });
  group.wait();
  EXPECT_EQ(done, 3000 * 41);
}

// Each thread gets a place of its own; places of threads that ended are used again, with what lies there.
TEST_P(AnyPool, ThreadsThatEndLeaveTheirTasksBehind) {
  std::atomic<int> done = 0;
  for (int i = 0; i < 50; ++i) {
    std::jthread([&] {
      for (int t = 0; t < 20; ++t) pool.post([&] { ++done; });
    });
  }
  while (done != 1000) std::this_thread::yield();
}

TEST_P(AnyPool, AGroupMayBeFilledAndAwaitedByOtherThreadsThanItsMaker) {
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  for (int i = 0; i < 20; ++i) {
    std::jthread([&] {
      for (int t = 0; t < 50; ++t) group.submit([&] { ++done; });
      if (i % 2 == 0) group.wait();
    });
  }
  group.wait();
  EXPECT_EQ(done, 1000);
}

TEST_P(AnyPool, TasksOfOnePoolMayWaitForAnother) {
  ThreadPool other(2);
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  for (int i = 0; i < 50; ++i) {
    group.submit([&] {
      other.parallel_for(
          0, 20, [&](std::size_t) { ++done; }, 1);
      EXPECT_LT(pool.worker_index(), pool.workers());
    });
  }
  group.wait();
  EXPECT_EQ(done, 1000);
}

TEST_P(AnyPool, DestructionRunsWhatIsPendingAndWhatThatSubmits) {
  std::atomic<int> done = 0;
  {
    ThreadPool short_lived(workers, settings);
    for (int i = 0; i < 1000; ++i) {
      short_lived.post([&] {
        ++done;
        short_lived.post([&] { ++done; });
      });
    }
  }
  EXPECT_EQ(done, 2000);
}

TEST_P(AnyPool, NamesItsThreads) {
  const auto ids = pool.thread_ids();
  EXPECT_EQ(ids.size(), workers - 1);
  for (const pid_t id : ids) EXPECT_EQ(::syscall(SYS_tgkill, ::getpid(), id, 0), 0);
}

TEST(ThreadPool, AHotPoolEndsToo) {
  ThreadPool pool(2, {.idle = ThreadPool::Idle::kHot, .fences = Fences::Kind::kBest});
  int done = 0;
  pool.submit([&] { ++done; }).get();
  EXPECT_EQ(done, 1);
}

TEST(ThreadPool, NeedsAWorker) { EXPECT_THROW(ThreadPool(0), std::invalid_argument); }

TEST(ThreadPool, OneWorkerRunsEverythingOnTheSpot) {
  ThreadPool pool(1);
  const auto here = std::this_thread::get_id();
  std::thread::id posted, grouped;
  pool.post([&] { posted = std::this_thread::get_id(); });
  EXPECT_EQ(posted, here);
  TaskGroup group(pool);
  group.submit([&] { grouped = std::this_thread::get_id(); });
  EXPECT_EQ(grouped, here);
  EXPECT_TRUE(pool.submit([] {}).ready());
}

// The pool's threads sleep when the first task comes; no thread waits through the pool, so only they
// can run it.
TEST(ThreadPool, PostedTasksRunWhileNobodyWaits) {
  ThreadPool pool(2);
  for (int i = 0; i < 200; ++i) {
    std::latch ran(1);
    pool.post([&] { ran.count_down(); });
    ran.wait();
  }
}

// Needs every thread at once: a wake-up lost in the steal of several tasks would leave one asleep for ever.
TEST(ThreadPool, TasksThatMeetEachOtherAllGetAThread) {
  constexpr unsigned kThreads = 4;
  ThreadPool pool(kThreads + 1);
  for (int i = 0; i < 200; ++i) {
    const auto all = std::make_shared<std::latch>(kThreads + 1);  // shared: the last to leave is anyone
    for (unsigned t = 0; t < kThreads; ++t) pool.post([all] { all->arrive_and_wait(); });
    all->arrive_and_wait();
  }
}

TEST(ThreadPool, SeveralThreadsSubmitAtTheSameTime) {
  ThreadPool pool(3);
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> submitters;
    for (int s = 0; s < 4; ++s) {
      submitters.emplace_back([&] {
        TaskGroup group(pool);
        for (int i = 0; i < 2000; ++i) group.submit([&] { ++done; });
        group.wait();
      });
    }
  }
  EXPECT_EQ(done, 8000);
}

// A task that runs until it is let go: what is behind it in a pool of two has not begun.
class Gate {
 public:
  void hold() {
    begun_.count_down();
    opened_.wait();
  }
  void await() { begun_.wait(); }
  void open() { opened_.count_down(); }

 private:
  std::latch begun_{1}, opened_{1};
};

TEST_P(AnyPool, WaitAllReturnsWhenEverythingThatWasPostedIsDone) {
  std::atomic<int> done = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 500; ++i) {
      pool.post([&] {
        pool.post([&] { ++done; });
        ++done;
      });
    }
    auto future = pool.submit([&] { return ++done; });
    pool.wait_all();
    EXPECT_EQ(done, 1001 * (round + 1));
    EXPECT_TRUE(future.ready());
  }
}

TEST_P(AnyPool, WaitAllOfNothingReturnsAtOnce) { pool.wait_all(); }

TEST_P(AnyPool, WaitAllSeesWhatOtherThreadsPosted) {
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> others;
    for (int i = 0; i < 3; ++i) {
      others.emplace_back([&] {
        for (int task = 0; task < 300; ++task) pool.post([&] { ++done; });
      });
    }
  }
  pool.wait_all();
  EXPECT_EQ(done, 900);
}

TEST_P(AnyPool, ASequenceIsRunOnceForEachIndex) {
  for (const std::size_t count : {0, 1, 2, 7, 1000}) {
    std::vector<std::atomic<int>> runs(count + 3);
    TaskGroup group(pool);
    group.submit_each(3, 3 + count, [&](std::size_t i) { ++runs[i]; });
    group.wait();
    for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(runs[i], i < 3 ? 0 : 1) << i;
  }
}

TEST_P(AnyPool, ASequenceRethrowsOneExceptionAndRunsTheRest) {
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  group.submit_each(0, 100, [&](std::size_t i) {
    ++done;
    if (i % 10 == 3) throw std::runtime_error("three");
  });
  EXPECT_THROW(group.wait(), std::runtime_error);
  EXPECT_EQ(done, 100);
}

TEST_P(AnyPool, SequencesNestToAnyDepth) {
  const std::function<std::size_t(int)> leaves = [&](int depth) -> std::size_t {
    if (depth == 0) return 1;
    std::array<std::size_t, 5> sums{};
    TaskGroup group(pool);
    group.submit_each(0, sums.size(), [&](std::size_t child) { sums[child] = leaves(depth - 1); });
    group.wait();
    return std::accumulate(sums.begin(), sums.end(), std::size_t{0});
  };
  EXPECT_EQ(leaves(6), 15'625U);
}

TEST_P(AnyPool, AReductionIsTheSameForAnyNumberOfWorkers) {
  const auto sum = [](ThreadPool& some) {
    return some.parallel_reduce(
        1, 100'001, 0.0,
        [](std::size_t begin, std::size_t end) {
          double part = 0;
          for (std::size_t i = begin; i < end; ++i) part += 1.0 / static_cast<double>(i);
          return part;
        },
        std::plus<>());
  };
  ThreadPool alone(1);
  EXPECT_EQ(sum(pool), sum(alone));  // bit by bit
  EXPECT_NEAR(sum(pool), 12.0901461298634, 1e-9);
}

TEST_P(AnyPool, AReductionKeepsTheOrderOfItsParts) {
  const auto joined = pool.parallel_reduce(
      0, 40, std::string(">"),
      [](std::size_t begin, std::size_t end) {
        return std::string(end - begin, static_cast<char>('a' + begin / 10));
      },
      [](std::string left, const std::string& right) { return std::move(left) + right; }, 10);
  EXPECT_EQ(joined, ">aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd");
}

TEST_P(AnyPool, AReductionOfNothingIsItsIdentityAndAnExceptionComesOut) {
  const auto map = [](std::size_t, std::size_t) -> int { throw std::runtime_error("map"); };
  EXPECT_EQ(pool.parallel_reduce(5, 5, 42, map, std::plus<>()), 42);
  EXPECT_THROW(pool.parallel_reduce(0, 10, 42, map, std::plus<>()), std::runtime_error);
}

TEST_P(AnyPool, AGroupThatIsCancelledDropsWhatHasNotBegun) {
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  group.submit([&] { group.cancel(); });
  group.wait();
  group.submit([&] { ++done; });
  group.wait();
  EXPECT_EQ(done, 1);  // cancelling holds until wait() returns
  group.cancel();
  for (int i = 0; i < 100; ++i) group.submit([&] { ++done; });
  group.submit_each(0, 100, [&](std::size_t) { ++done; });
  group.wait();
  EXPECT_EQ(done, 1);
}

TEST(ThreadPool, ACancelledTaskIsDestroyedAndThoseThatRunAreTold) {
  ThreadPool pool(2);
  Gate gate;
  std::atomic<bool> told = false;
  const auto owned = std::make_shared<int>(7);
  TaskGroup group(pool);
  group.submit([&] {
    gate.hold();
    told = group.cancelled();
  });
  gate.await();  // on the pool's own thread
  group.submit([owned] { ADD_FAILURE() << "it had not begun"; });
  group.cancel();
  gate.open();
  group.wait();
  EXPECT_TRUE(told);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(ThreadPool, AFutureThatIsCancelledThrowsAndItsTaskNeverRuns) {
  ThreadPool pool(2);
  Gate gate;
  pool.post([&] { gate.hold(); });
  gate.await();
  auto running = pool.submit([] { return 1; });
  auto cancelled = pool.submit([] { return ADD_FAILURE(), 2; });
  EXPECT_TRUE(cancelled.cancel());
  EXPECT_FALSE(cancelled.cancel());  // once
  EXPECT_TRUE(cancelled.ready());
  EXPECT_THROW(cancelled.get(), TaskCancelled);
  gate.open();
  EXPECT_EQ(running.get(), 1);
}

TEST_P(AnyPool, ATaskThatIsDoneCannotBeCancelled) {
  auto future = pool.submit([] { return 3; });
  future.wait();
  EXPECT_FALSE(future.cancel());
  EXPECT_EQ(future.get(), 3);
}

TEST(ThreadPool, AWaitThatGivesUpSaysSoAndTheResultStillComes) {
  using std::chrono::milliseconds;
  ThreadPool pool(2);
  Gate gate;
  auto future = pool.submit([&] {
    gate.hold();
    return 5;
  });
  gate.await();
  EXPECT_FALSE(future.wait_for(milliseconds(0)));
  EXPECT_FALSE(future.wait_for(milliseconds(5)));  // long enough to fall asleep
  gate.open();
  EXPECT_TRUE(future.wait_for(std::chrono::hours(1)));
  EXPECT_EQ(future.get(), 5);
}

TEST(ThreadPool, AGroupsWaitThatGivesUpLeavesTheGroupAsItIs) {
  ThreadPool pool(2);
  Gate gate;
  TaskGroup group(pool);
  group.submit([&] {
    gate.hold();
    throw std::runtime_error("late");
  });
  gate.await();
  EXPECT_FALSE(group.wait_for(std::chrono::milliseconds(2)));
  gate.open();
  EXPECT_THROW(group.wait(), std::runtime_error);
}

// CPU time, which other processes do not disturb: a spinning pool would use all of its idle time.
TEST(ThreadPool, IdleThreadsSleep) {
  const auto cpu_ms = [] {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
  };
  ThreadPool pool(2);
  pool.parallel_for(
      0, 1000, [](std::size_t) {}, 1);
  const double before = cpu_ms();
  const timespec idle{.tv_sec = 0, .tv_nsec = 200'000'000};  // the idleness itself, not a synchronisation
  ::nanosleep(&idle, nullptr);
  EXPECT_LT(cpu_ms() - before, 50);
}

TEST(StealableRange, IsLeftAloneWhereItsOwnerWillBeThroughSoonerThanASteal) {
  EXPECT_TRUE((StealableRange::Progress{.left = 100}.ends_soon_after({.left = 110})));
  EXPECT_FALSE((StealableRange::Progress{.left = 1000}.ends_soon_after({.left = 1010})));
}

TEST(StealableRange, IsStolenFromWhereItsOwnerStandsStill) {
  EXPECT_FALSE((StealableRange::Progress{.left = 5}.ends_soon_after({.left = 5})));
}

TEST(StealableRange, IsLeftAloneWhereItsOwnerHasFoundMore) {
  EXPECT_TRUE((StealableRange::Progress{.left = 200}.ends_soon_after({.left = 150})));
}

}  // namespace
}  // namespace breakeven
