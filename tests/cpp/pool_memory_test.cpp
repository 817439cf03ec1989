// Neither pool's memory grows with the number of tasks: what few tasks need at most is what many do. Each run
// is a process of its own, whose peak the kernel keeps.
#include <algorithm>
#include <atomic>
#include <functional>

#include "backends/thread_pool/thread_pool.h"
#include "tests/cpp/fork_pool_fixture.h"
#include "tests/cpp/memory_use.h"

namespace breakeven {
namespace {

// A word for each task would be three times what is allowed; the kernel's own count is coarse.
constexpr std::size_t kFew = 2'000, kMany = 800'000;
constexpr long kAllowedKibibytes = 2048;

struct Peaks {
  long caller = 0, workers = 0;  // KiB; of forked workers the largest
};

Peaks peaks_of(const std::function<void()>& work) {
  const Region region(sizeof(Peaks), Memory::kShared);
  auto& peaks = *new (region.data()) Peaks;
  EXPECT_EQ(fork_pool::in_a_child([&] {
              work();
              peaks = {test::peak_kibibytes(), test::peak_kibibytes(RUSAGE_CHILDREN)};
              return testing::Test::HasFailure() ? 1 : 0;
            }),
            0);
  return peaks;
}

void expect_no_growth(const std::function<void(std::size_t tasks)>& work) {
  if (!test::kOwnsItsMemory) GTEST_SKIP() << "under a sanitizer";
  const Peaks few = peaks_of([&] { work(kFew); }), many = peaks_of([&] { work(kMany); });
  EXPECT_LE(many.caller, few.caller + kAllowedKibibytes);
  EXPECT_LE(many.workers, few.workers + kAllowedKibibytes);
}

// Any number of tasks in the memory of one: all read the same input and write the same output, so that what
// grows is the pool's.
class OneSlot final : public fork_pool::TaskSet {
 public:
  explicit OneSlot(std::size_t tasks) : tasks_(tasks) {}

  std::size_t size() const override { return tasks_; }
  std::size_t input_size() const override { return kBytes; }
  std::size_t output_capacity() const override { return kBytes; }
  Bytes input(std::size_t) const override { return {input_.data(), kBytes}; }
  MutableBytes output(std::size_t) override { return {output_.data(), kBytes}; }
  std::optional<fork_pool::Layout> layout() override {
    return fork_pool::Layout{input_.data(), 0, output_.data(), 0, output_.id()};
  }
  void complete(unsigned, std::size_t, const fork_pool::Result& result) noexcept override {
    done_ += result.failed ? 0 : 1;
  }
  std::size_t done() const { return done_; }

 private:
  static constexpr std::size_t kBytes = 16;

  const std::size_t tasks_;
  std::size_t done_ = 0;
  Region input_{kBytes, Memory::kShared}, output_{kBytes, Memory::kShared};
};

class ForkPoolMemory : public testing::TestWithParam<std::string> {
 protected:
  static void run(std::size_t tasks, std::size_t chunk, unsigned workers, bool help) {
    OneSlot slot(tasks);
    fork_pool::Pool pool(fork_pool::echo,
                         {.workers = workers, .caller_works = help, .transport = GetParam()});
    pool.start();
    EXPECT_TRUE(pool.run(slot, chunk).losses.empty());
    EXPECT_EQ(slot.done(), tasks);
  }
};
INSTANTIATE_TEST_SUITE_P(Over, ForkPoolMemory, fork_pool::each_transport(), fork_pool::name_of_transport);

TEST_P(ForkPoolMemory, DoesNotGrowWithTheTasksOfARun) {
  expect_no_growth([](std::size_t tasks) { run(tasks, 0, 2, false); });
}

// By one worker alone, since a caller that helps takes most of such small tasks: what its workers lose would
// not show. An allocation for each message is twice what is allowed.
TEST_P(ForkPoolMemory, DoesNotGrowWithTheMessagesOfARun) {
  expect_no_growth([](std::size_t tasks) { run(tasks / 4, 1, 1, false); });
}

TEST_P(ForkPoolMemory, DoesNotGrowWithTheMessagesOfARunWhereTheCallerHelps) {
  expect_no_growth([](std::size_t tasks) { run(tasks / 2, 1, 2, true); });
}

// One way of giving tasks to a thread pool, and waiting for them.
struct Way {
  const char* name;
  void (*give)(ThreadPool& pool, std::size_t tasks, std::atomic<std::size_t>& done);
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

const Way kWays[] = {
    {"post",
     [](ThreadPool& pool, std::size_t tasks, std::atomic<std::size_t>& done) {
       for (std::size_t i = 0; i < tasks; ++i) pool.post([&done] { ++done; });
     }},
    {"group",
     [](ThreadPool& pool, std::size_t tasks, std::atomic<std::size_t>& done) {
       TaskGroup group(pool);
       for (std::size_t i = 0; i < tasks; ++i) group.submit([&done] { ++done; });
     }},
    {"group_in_a_task",
     [](ThreadPool& pool, std::size_t tasks, std::atomic<std::size_t>& done) {
       TaskGroup outer(pool);
       outer.submit([&pool, &done, tasks] {
         TaskGroup group(pool);
         for (std::size_t i = 0; i < tasks; ++i) group.submit([&done] { ++done; });
       });
     }},
    {"futures",
     [](ThreadPool& pool, std::size_t tasks, std::atomic<std::size_t>& done) {
       for (std::size_t i = 0; i < tasks; ++i) pool.submit([&done] { ++done; });  // and dropped
     }},
    {"loop",
     [](ThreadPool& pool, std::size_t tasks, std::atomic<std::size_t>& done) {
       pool.parallel_for(
           0, tasks, [&done](std::size_t) { ++done; }, 1);
     }},
    {"regions",
     [](ThreadPool& pool, std::size_t tasks, std::atomic<std::size_t>& done) {
       for (std::size_t i = 0; i < tasks / 8; ++i) {
         pool.parallel_for(
             0, 8, [&done](std::size_t) { ++done; }, 1);
       }
     }},
};

class ThreadPoolMemory : public testing::TestWithParam<Way> {};
INSTANTIATE_TEST_SUITE_P(By, ThreadPoolMemory, testing::ValuesIn(kWays),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(ThreadPoolMemory, DoesNotGrowWithTheTasks) {
  expect_no_growth([](std::size_t tasks) {
    std::atomic<std::size_t> done = 0;
    {
      ThreadPool pool(4);
      GetParam().give(pool, tasks, done);
    }
    EXPECT_EQ(done, tasks);
  });
}

}  // namespace
}  // namespace breakeven
