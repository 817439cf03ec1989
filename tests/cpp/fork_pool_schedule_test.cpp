// Who runs what in the fork pool, where workers are many and tasks are long or unequal.
//
// The tasks sleep: so each occupies a worker and no core, and sixteen workers do on two cores what they would do on
// sixteen, which the pool is told to have.
#include <sys/prctl.h>

#include <cstdio>
#include <map>
#include <set>
#include <thread>

#include "backends/fork_pool/pool/task_times.h"
#include "backends/platform/threads.h"
#include "tests/cpp/cost_shapes.h"
#include "tests/cpp/fork_pool_fixture.h"

namespace breakeven::fork_pool {
namespace {

using Clock = std::chrono::steady_clock;

TEST(TaskTimes, KnowTheirMeanAndHowFarTheyGoBeyondATime) {
  TaskTimes times;
  EXPECT_EQ(times.mean(), 0us);
  EXPECT_EQ(times.mean_beyond(0us), 0us);
  for (int i = 0; i < 9; ++i) times.add(100us);
  times.add(1100us);
  EXPECT_EQ(times.mean(), 200us);
  EXPECT_EQ(times.mean_beyond(0us), 200us);
  EXPECT_EQ(times.mean_beyond(100us), 100us);
  EXPECT_EQ(times.mean_beyond(600us), 50us);
  EXPECT_EQ(times.mean_beyond(2ms), 0us);
}

TEST(TaskTimes, ForgetWhatTasksTookLongAgo) {
  TaskTimes times;
  for (int i = 0; i < 1000; ++i) times.add(10ms);
  for (int i = 0; i < 5000; ++i) times.add(1us);
  EXPECT_LT(times.mean(), 2us);
  EXPECT_EQ(times.mean_beyond(1ms), 0us);
}

TEST(TaskTimes, TakeATimeOfZero) {
  TaskTimes times;
  times.add(0us);
  EXPECT_EQ(times.mean_beyond(0us), 0us);
}

// Sleeps for as many nanoseconds as its input says, and answers with its process in as many bytes as there are.
std::size_t sleep_for(Bytes input, MutableBytes output) {
  ::prctl(PR_SET_TIMERSLACK, 1);
  std::this_thread::sleep_for(std::chrono::nanoseconds(load<std::uint64_t>(input)));
  std::ranges::fill(output, std::byte{1});
  store<std::uint64_t>(static_cast<std::uint64_t>(::getpid()), output);
  return output.size();
}

void set(Slots& slots, std::size_t task, std::chrono::nanoseconds time) {
  store<std::uint64_t>(static_cast<std::uint64_t>(time.count()), slots.fill(task));
}

void set_all(Slots& slots, std::chrono::nanoseconds time) {
  for (std::size_t task = 0; task < slots.size(); ++task) set(slots, task, time);
}

// From the bytes that crossed: each message has a header of 32, each task 8 of input and 24 of result.
std::size_t messages(const Outcome& outcome, std::size_t tasks) {
  return (outcome.bytes_moved - tasks * 32) / 32;
}

class ForkPoolScheduleTest : public ForkPoolFixture {};
INSTANTIATE_TEST_SUITE_P(Over, ForkPoolScheduleTest, testing::Values("pipe", "socket", "ring", "shm"),
                         name_of_transport);

TEST_P(ForkPoolScheduleTest, SendsLongTasksOneByOne) {
  Pool pool(sleep_for, with({.workers = 2, .caller_works = false, .cores = 2}));
  pool.start();
  Slots slots(64, 8, 8);
  set_all(slots, 1ms);
  EXPECT_EQ(messages(pool.run(slots), slots.size()), slots.size());
  EXPECT_EQ(messages(pool.run(slots), slots.size()), slots.size());
}

TEST_P(ForkPoolScheduleTest, SendsManyShortTasksTogether) {
  Pool pool([](Bytes, MutableBytes) { return std::size_t{8}; },
            with({.workers = 2, .caller_works = false, .cores = 2}));
  pool.start();
  Slots slots(10'000, 8, 8);
  pool.run(slots);
  EXPECT_LE(messages(pool.run(slots), slots.size()), slots.size() / 10);
}

TEST_P(ForkPoolScheduleTest, LearnsThatTasksHaveBecomeShort) {
  Pool pool(sleep_for, with({.workers = 3, .cores = 3}));
  pool.start();
  Slots few(64, 8, 8), many(20'000, 8, 8);
  set_all(few, 1ms);
  set_all(many, 0ns);
  pool.run(few);
  pool.run(many);
  // As many bytes as if all had crossed, ten to a message; one by one two thirds of them would be more.
  EXPECT_LE(pool.run(many).bytes_moved, many.size() * 32 + many.size() / 10 * 32);
}

TEST_P(ForkPoolScheduleTest, RunsAsManyLongTasksAsContextsInOneRound) {
  constexpr unsigned kContexts = 8;
  Pool pool(sleep_for, with({.workers = kContexts, .cores = kContexts}));
  pool.start();
  Slots slots(kContexts, 8, 8);
  set_all(slots, 100ms);
  for (int run = 0; run < 3; ++run) {
    pool.run(slots);
    std::set<std::uint64_t> processes;
    for (std::size_t task = 0; task < slots.size(); ++task)
      processes.insert(load<std::uint64_t>(slots.result(task)));
    EXPECT_EQ(processes.size(), kContexts) << "run " << run;
  }
}

// By threads that take one task after the other: what a schedule that knows no costs can do.
Clock::duration one_by_one(const std::vector<std::chrono::nanoseconds>& times, unsigned workers) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> begun = false;
  const auto work = [&] {
    ::prctl(PR_SET_TIMERSLACK, 1);
    for (std::size_t task = 0; (task = next++) < times.size();) std::this_thread::sleep_for(times[task]);
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < workers; ++i) {
    threads.push_back(start_thread([&] {
      begun.wait(false);
      work();
    }));
  }
  std::this_thread::sleep_for(5ms);
  const auto start = Clock::now();
  begun = true;
  begun.notify_all();
  work();
  for (auto& thread : threads) thread.join();
  return Clock::now() - start;
}

// The table is for reading: how long a run takes depends on the machine.
TEST_P(ForkPoolScheduleTest, IsComparedWithThreadsThatTakeTasksOneByOne) {
  constexpr std::size_t kTasks = 300;
  constexpr double kMean = 500'000;  // ns
  for (const unsigned workers : {8U, 16U}) {
    for (const auto& [shape, costs] : test::shapes(kTasks)) {
      const double sum = std::accumulate(costs.begin(), costs.end(), 0.0);
      std::vector<std::chrono::nanoseconds> times;
      for (const double cost : costs)
        times.emplace_back(static_cast<std::int64_t>(cost / sum * kMean * static_cast<double>(kTasks)));
      Slots slots(kTasks, 8, 8);
      for (std::size_t task = 0; task < kTasks; ++task) set(slots, task, times[task]);
      Pool pool(sleep_for, with({.workers = workers, .cores = workers}));
      pool.start();
      ASSERT_TRUE(pool.run(slots).losses.empty());
      const auto start = Clock::now();
      ASSERT_TRUE(pool.run(slots).losses.empty());
      const std::chrono::duration<double, std::milli> took = Clock::now() - start,
                                                      threads = one_by_one(times, workers);
      std::printf("%-6s %2u workers, %-28s %6.1f ms, %.2f of the speed-up of threads\n", GetParam().c_str(),
                  workers, shape.c_str(), took.count(), threads / took);
      std::map<std::uint64_t, int> ran;
      for (std::size_t task = 0; task < kTasks; ++task) ++ran[load<std::uint64_t>(slots.result(task))];
      EXPECT_GT(ran.size(), workers / 2) << shape;
    }
  }
}

// How many workers one caller can feed: processor time of the calling thread, its own tasks among it. For reading.
TEST_P(ForkPoolScheduleTest, IsAskedWhatEachTaskCostsItsCaller) {
  constexpr unsigned kWorkers = 16;
  constexpr std::size_t kTasks = 200;
  const auto spent = [] {
    timespec now = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
  };
  for (const auto& [in, out] :
       {std::pair(8, 8), {3'000, 3'000}, {65'536, 65'536}, {200'000, 8}, {8, 200'000}}) {
    Slots slots(kTasks, static_cast<std::size_t>(in), static_cast<std::size_t>(out));
    set_all(slots, 1ms);
    Pool pool(sleep_for, with({.workers = kWorkers,
                               .task_bytes = static_cast<std::size_t>(std::max(in, out)),
                               .cores = kWorkers}));
    pool.start();
    ASSERT_TRUE(pool.run(slots).losses.empty());
    const auto before = spent();
    ASSERT_TRUE(pool.run(slots).losses.empty());
    std::printf("%-6s %u workers, %6d B in, %6d B out: %5.1f us of the caller a task\n", GetParam().c_str(),
                kWorkers, in, out, (spent() - before) / static_cast<double>(kTasks));
    EXPECT_EQ(slots.result(kTasks - 1).size(), static_cast<std::size_t>(out));
  }
}

}  // namespace
}  // namespace breakeven::fork_pool
