// Looks for lost tasks, lost wake-ups and hangs in the thread pool, oversubscribed and
// from several submitters.
//
// BREAKEVEN_STRESS_SECONDS is how long each test runs: 2 if unset, minutes when a change of the
// pool is judged.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <latch>
#include <ostream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "backends/platform/spin.h"
#include "backends/thread_pool/thread_pool.h"

namespace breakeven {
namespace {

std::chrono::milliseconds stress_time() {
  const char* const seconds = std::getenv("BREAKEVEN_STRESS_SECONDS");
  return std::chrono::milliseconds(seconds != nullptr ? std::max(1, std::atoi(seconds)) * 1000 : 2000);
}

using Random = std::mt19937_64;

// A random tree of groups, futures and loops; returns its number of leaves, and counts them in `leaves`.
std::size_t grow(ThreadPool& pool, std::uint64_t seed, int depth, std::atomic<std::size_t>& leaves) {
  Random random(seed);
  if (depth == 0 || random() % 8 == 0) {
    ++leaves;
    return 1;
  }
  const std::size_t branches = random() % 6;
  std::atomic<std::size_t> expected = 0;
  switch (random() % 4) {
    case 0: {
      TaskGroup group(pool);
      for (std::size_t i = 0; i < branches; ++i) {
        group.submit([&, child = random()] { expected += grow(pool, child, depth - 1, leaves); });
      }
      group.wait();
      break;
    }
    case 1: {
      const std::uint64_t base = random();
      TaskGroup group(pool);
      group.submit_each(0, branches,
                        [&, base](std::size_t i) { expected += grow(pool, base + i, depth - 1, leaves); });
      while (!group.wait_for(std::chrono::microseconds(random() % 50))) {
      }
      break;
    }
    case 2: {
      std::vector<Future<std::size_t>> futures;
      for (std::size_t i = 0; i < branches; ++i) {
        futures.push_back(
            pool.submit([&, child = random()] { return grow(pool, child, depth - 1, leaves); }));
      }
      for (auto& future : futures) expected += future.get();
      break;
    }
    default: {
      const std::uint64_t base = random();
      const std::size_t grain = random() % 3;
      pool.parallel_for(
          0, branches, [&](std::size_t i) { expected += grow(pool, base + i, depth - 1, leaves); }, grain);
    }
  }
  return expected;
}

struct StressCase {
  unsigned workers, submitters;
  Fences::Kind fences = Fences::Kind::kBest;
  friend void PrintTo(const StressCase& stress, std::ostream* out) {
    *out << stress.workers << " workers, " << stress.submitters << " submitters";
  }
};

class Stress : public testing::TestWithParam<StressCase> {};
INSTANTIATE_TEST_SUITE_P(Oversubscribed, Stress,
                         testing::Values(StressCase{2, 1}, StressCase{2, 3}, StressCase{8, 3},
                                         StressCase{8, 3, Fences::Kind::kSymmetric}, StressCase{16, 4}),
                         [](const auto& parameter) {
                           const auto& stress = parameter.param;
                           return "workers" + std::to_string(stress.workers) + "_submitters" +
                                  std::to_string(stress.submitters) +
                                  (stress.fences == Fences::Kind::kSymmetric ? "_portable" : "");
                         });

// Several submitters, nested waits, random sizes, detached tasks, exceptions, and pools that end at work.
TEST_P(Stress, NothingIsLostAndNothingHangs) {
  const auto end = std::chrono::steady_clock::now() + stress_time();
  std::uint64_t round = 0;
  do {
    std::atomic<std::size_t> leaves = 0, expected = 0, detached = 0, posted = 0;
    {
      ThreadPool pool(GetParam().workers, {.idle = ThreadPool::Idle::kSleep, .fences = GetParam().fences});
      std::vector<std::jthread> submitters;
      for (unsigned s = 0; s < GetParam().submitters; ++s) {
        submitters.emplace_back([&, seed = round * 100 + s] {
          Random random(seed);
          for (int i = 0; i < 20; ++i) {
            expected += grow(pool, random(), 5, leaves);
            const std::size_t burst = random() % 50;
            for (std::size_t t = 0; t < burst; ++t) pool.post([&] { ++detached; });
            posted += burst;
            TaskGroup failing(pool);
            for (std::size_t t = 0; t < burst; ++t)
              failing.submit([] { throw std::runtime_error("stress"); });
            if (burst != 0) {
              EXPECT_THROW(failing.wait(), std::runtime_error);
            }
          }
        });
      }
    }  // the submitters end first, then the pool with what is still pending
    ASSERT_EQ(leaves, expected);
    ASSERT_EQ(detached, posted);
    ++round;
  } while (std::chrono::steady_clock::now() < end);
}

// The shortest regions with a pause between them of about the time to fall asleep: every order of sleep,
// wake-up and completion comes up.
TEST_P(Stress, EveryWakeUpArrives) {
  ThreadPool pool(GetParam().workers, {.idle = ThreadPool::Idle::kSleep, .fences = GetParam().fences});
  const auto end = std::chrono::steady_clock::now() + stress_time();
  std::vector<std::jthread> submitters;
  // Waits that give up at about the time at which they are woken, and the end of all that was posted.
  submitters.emplace_back([&] {
    Random random(77);
    do {
      auto future = pool.submit([] { return 1; });
      while (!future.wait_for(std::chrono::microseconds(random() % 40))) {
      }
      std::atomic<int> done = 0;
      for (int i = 0; i < 3; ++i) pool.post([&] { ++done; });
      pool.wait_all();
      ASSERT_EQ(done, 3);
      auto some = pool.submit([] { return 2; });
      if (some.cancel()) {
        EXPECT_THROW(some.get(), TaskCancelled);
      } else {
        EXPECT_EQ(some.get(), 2);
      }
    } while (std::chrono::steady_clock::now() < end);
  });
  for (unsigned s = 0; s < GetParam().submitters; ++s) {
    submitters.emplace_back([&, s] {
      Random random(s);
      do {
        std::atomic<unsigned> done = 0;
        const auto tasks = static_cast<unsigned>(random() % 4);
        TaskGroup group(pool);
        for (unsigned i = 0; i < tasks; ++i) group.submit([&] { ++done; });
        group.wait();
        ASSERT_EQ(done, tasks);
        std::latch posted(1);  // without help: a thread of the pool must wake up
        pool.post([&] { posted.count_down(); });
        posted.wait();
        for (auto pause = random() % 2000; pause > 0; --pause) cpu_pause();
      } while (std::chrono::steady_clock::now() < end);
    });
  }
}

}  // namespace
}  // namespace breakeven
