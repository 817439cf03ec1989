// What keeps the thread pool from colliding with itself on many cores, part by part: shared barriers, wake-ups in a tree,
// loops that nobody is woken for, shares that stay with their threads, chunks that are claimed together. And how often its
// threads disturb each other, as a table by workers.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <latch>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "backends/platform/affinity.h"
#include "backends/platform/combined_step.h"
#include "backends/platform/threads.h"
#include "backends/thread_pool/loop_memory.h"
#include "backends/thread_pool/thread_pool.h"

namespace breakeven {
namespace {

using namespace std::chrono_literals;

TEST(CombinedStep, ServesAllWhoAskWhileOneIsUnderWayWithOneMore) {
  constexpr unsigned kAsking = 8;
  CombinedStep step;
  std::atomic<int> steps = 0;
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    step([&] {
      ++steps;
      while (step.asked() < 1 + kAsking) std::this_thread::yield();
    });
  });
  while (steps == 0) std::this_thread::yield();
  for (unsigned i = 0; i < kAsking; ++i) threads.emplace_back([&] { step([&] { ++steps; }); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(steps, 2);
  EXPECT_EQ(step.taken(), 2U);
  EXPECT_EQ(step.asked(), 1 + kAsking);
}

TEST(CombinedStep, LiesWhollyAfterTheCall) {
  CombinedStep step;
  std::atomic<int> begun = 0;
  std::atomic<bool> early = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 2'000; ++call) {
        const int before = begun;
        step([&] { ++begun; });
        if (begun == before) early = true;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(early);
  EXPECT_LE(step.taken(), step.asked());
}

// Threads that sleep until they are woken for work, once.
class Asleep {
 public:
  explicit Asleep(unsigned count) : sleepers_(count) {
    for (unsigned i = 0; i < count; ++i) {
      threads_.push_back(start_thread([this, i] {
        pool_.sleep(sleepers_[i], nullptr, [] { return false; });
        ++up_;
      }));
    }
    while (pool_.threads_asleep() != count) std::this_thread::yield();
  }
  ~Asleep() {
    pool_.wake(nullptr);
    for (auto& thread : threads_) thread.join();
  }
  Asleep(const Asleep&) = delete;
  Asleep& operator=(const Asleep&) = delete;

  Sleepers& pool() { return pool_; }
  void expect_up(unsigned count) const {
    while (up_ < count) std::this_thread::yield();  // or the test's time runs out
    EXPECT_EQ(up_, count);
  }

 private:
  const Fences fences_;
  Sleepers pool_{fences_};
  std::vector<Sleeper> sleepers_;
  std::atomic<unsigned> up_ = 0;
  std::vector<std::thread> threads_;
};

TEST(Sleepers, ATreeOfWakeUpsReachesAllThatWereAskedFor) {
  for (const unsigned count : {1U, 4U, 5U, 21U, 64U}) {
    Asleep threads(count);
    threads.pool().wake_some(count);
    threads.expect_up(count);
    EXPECT_EQ(threads.pool().wake_ups(), count);
  }
}

TEST(Sleepers, NoMoreAreWokenThanWereAskedFor) {
  Asleep threads(9);
  threads.pool().wake_some(6);
  threads.expect_up(6);
  EXPECT_EQ(threads.pool().threads_asleep(), 3U);
  EXPECT_EQ(threads.pool().idle().searching, 6U);
}

TEST(LoopMemory, KnowsAShortLoopByItsBodyAndItsCount) {
  const Loop::Body one = [](void*, std::size_t, std::size_t) {};
  const Loop::Body other = [](void* context, std::size_t, std::size_t) { ++*static_cast<int*>(context); };
  LoopMemory memory;
  EXPECT_FALSE(memory.was_short(one, 16));  // never seen
  memory.note(one, 16, 1us);
  EXPECT_TRUE(memory.was_short(one, 16));
  EXPECT_FALSE(memory.was_short(one, 17));
  EXPECT_FALSE(memory.was_short(other, 16));
  memory.note(one, 16, 40us);
  EXPECT_FALSE(memory.was_short(one, 16));
}

void rest() { std::this_thread::sleep_for(2ms); }  // threads fall asleep after some 20 us

TEST(ThreadPool, WakesNobodyForALoopThatWasOverSoonerTheLastTime) {
  ThreadPool pool(2);
  const auto loop = [&] { pool.parallel_for(0, 2, [](std::size_t) {}); };
  auto fastest = std::chrono::nanoseconds::max();
  for (int i = 0; i < 100; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    loop();
    fastest = std::min(fastest, std::chrono::nanoseconds(std::chrono::steady_clock::now() - begun));
  }
  if (fastest > LoopMemory::kShort / 4) GTEST_SKIP() << "no loop is short here, as under a sanitizer";
  bool woke_none = false;
  for (int attempt = 0; attempt < 100 && !woke_none; ++attempt) {  // the last time may have been disturbed
    rest();
    const auto before = pool.counts().wake_ups;
    loop();
    woke_none = attempt > 0 && pool.counts().wake_ups == before;
  }
  EXPECT_TRUE(woke_none);
}

TEST(ThreadPool, WakesThreadsForALoopThatTakesLongerThanTheLastTime) {
  ThreadPool pool(2);
  std::atomic<int> ns = 0;
  const auto loop = [&] {
    pool.parallel_for(0, 200, [&](std::size_t) {
      const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns);
      while (ns != 0 && std::chrono::steady_clock::now() < end) continue;
    });
  };
  if (available_cores() < 2) GTEST_SKIP() << "one core, and nobody is woken for a loop where none is free";
  bool woke = false;
  for (int attempt = 0; attempt < 100 && !woke; ++attempt) {  // a thread may not have come to sleep
    ns = 0;
    for (int i = 0; i < 3; ++i) loop();
    rest();
    loop();
    const auto before = pool.counts().wake_ups;
    ns = 100'000;
    loop();
    woke = pool.counts().wake_ups > before;
  }
  EXPECT_TRUE(woke);
}

TEST(Loop, AParticipantGetsItsPreferredShareOrTheNextThatIsFree) {
  const Fences fences;
  std::vector<StealableRange> ranges(4);
  Loop loop(4, 1, nullptr, nullptr, ranges.data(), 4, fences, false);
  EXPECT_EQ(loop.arrive(2), 2U);
  EXPECT_EQ(loop.arrive(6), 3U);  // 6 % 4 is taken
  EXPECT_EQ(loop.arrive(2), 1U);  // and 0 is the owner's
}

// The chunks that a body is called with, in order.
std::vector<std::pair<std::size_t, std::size_t>> chunks_of(std::size_t count, std::size_t grain,
                                                           std::chrono::nanoseconds each) {
  struct Seen {
    std::chrono::nanoseconds each;
    std::vector<std::pair<std::size_t, std::size_t>> chunks;
  } seen{each, {}};
  const Loop::Body body = [](void* context, std::size_t first, std::size_t last) {
    auto& all = *static_cast<Seen*>(context);
    const auto end = std::chrono::steady_clock::now() + all.each;
    while (all.each != 0ns && std::chrono::steady_clock::now() < end) continue;
    all.chunks.emplace_back(first, last);
  };
  const Fences fences;
  std::vector<StealableRange> ranges(1);
  Loop loop(count, grain, body, &seen, ranges.data(), 1, fences, false);
  loop.participate(0);
  return seen.chunks;
}

TEST(Loop, ABodyGetsAGrainAtATimeHoweverManyAreClaimedTogether) {
  for (const std::size_t grain : {1U, 3U, 7U}) {
    const auto chunks = chunks_of(10'000, grain, 0ns);
    std::size_t next = 0;
    for (const auto& [first, last] : chunks) {
      EXPECT_EQ(first, next);
      EXPECT_EQ(last, std::min<std::size_t>(10'000, first + grain));
      next = last;
    }
    EXPECT_EQ(next, 10'000U);
  }
}

// What others can still steal while the body runs: with chunks that take long all but one, from the first to the last.
TEST(Loop, ChunksThatTakeLongAreClaimedOneByOne) {
  struct Seen {
    StealableRange* range;
    std::size_t count;
    bool one_by_one = true;
  };
  constexpr std::size_t kCount = 100;
  std::vector<StealableRange> ranges(1);
  Seen seen{.range = ranges.data(), .count = kCount};
  const Loop::Body body = [](void* context, std::size_t first, std::size_t) {
    auto& all = *static_cast<Seen*>(context);
    std::this_thread::sleep_for(100us);
    all.one_by_one = all.one_by_one && all.range->left() == all.count - first - 1;
  };
  const Fences fences;
  Loop loop(kCount, 1, body, &seen, ranges.data(), 1, fences, false);
  loop.participate(0);
  EXPECT_TRUE(seen.one_by_one);
}

std::uint64_t fib(ThreadPool& pool, unsigned n) {
  if (n < 2) return n;
  std::uint64_t one = 0;
  TaskGroup group(pool);
  group.submit([&] { one = fib(pool, n - 1); });
  const auto other = fib(pool, n - 2);
  group.wait();
  return one + other;
}

TEST(ThreadPool, CountsWhatItsThreadsDoToEachOther) {
  std::printf("workers  job                    steals    joins  barriers  wake-ups\n");
  for (const unsigned workers : {2U, 4U, 8U, 16U}) {
    ThreadPool pool(workers);
    const auto row = [&](const char* name, auto&& job) {
      rest();
      const auto before = pool.counts();
      job();
      const auto after = pool.counts();
      std::printf("%7u  %-20s %8lu %8lu  %8lu  %8lu\n", workers, name, after.steals - before.steals,
                  after.joins - before.joins, after.barriers - before.barriers,
                  after.wake_ups - before.wake_ups);
      return ThreadPool::Counts{.barriers = after.barriers - before.barriers,
                                .wake_ups = after.wake_ups - before.wake_ups};
    };
    row("1000 empty regions", [&] {
      for (int i = 0; i < 1000; ++i) pool.parallel_for(0, workers, [](std::size_t) {});
    });
    row("loop of 100,000, 1", [&] {
      pool.parallel_for(
          0, 100'000, [](std::size_t) {}, 1);
    });
    row("10,000 submits", [&] {
      TaskGroup group(pool);
      for (int i = 0; i < 10'000; ++i) group.submit([] {});
      group.wait();
    });
    row("fib(18)", [&] { EXPECT_EQ(fib(pool, 18), 2584U); });
    const auto rested = row("10 rested loops", [&] {
      for (int i = 0; i < 10; ++i) {
        rest();
        pool.parallel_for(0, workers, [](std::size_t) { std::this_thread::sleep_for(1ms); });
      }
    });
    EXPECT_LE(rested.wake_ups, 10U * workers);  // each thread once, and the waiter
  }
}

}  // namespace
}  // namespace breakeven
