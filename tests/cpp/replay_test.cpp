// Recorded tasks as a workload: their file, and how their costs are shared out.
#include "bench/workloads/replay.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "backends/contract/error.h"
#include "backends/contract/workload.h"

namespace breakeven {
namespace {

const Replay kRecorded{.in_bytes = 100, .out_bytes = 7, .words = 16, .task_ns = {100, 300, 0, 800}};

// The workload over a file of this content, which is taken away again.
std::unique_ptr<const Workload> workload(const Shape& shape) {
  const auto path = std::filesystem::temp_directory_path() / ("replay-" + std::to_string(::getpid()));
  std::ofstream(path) << to_text(kRecorded);
  const auto* factory = find_workload(kReplayPrefix + path.string());
  std::filesystem::remove(path);
  return factory->make(shape);
}

TEST(Replay, ReadsWhatItWrites) {
  const auto again = replay_from(to_text(kRecorded));
  EXPECT_EQ(again.in_bytes, 100U);
  EXPECT_EQ(again.out_bytes, 7U);
  EXPECT_EQ(again.words, 16U);
  EXPECT_EQ(again.task_ns, kRecorded.task_ns);
}

class BadReplays : public ::testing::TestWithParam<const char*> {};

TEST_P(BadReplays, AreRefused) { EXPECT_THROW(replay_from(GetParam()), UsageError); }

INSTANTIATE_TEST_SUITE_P(Replay, BadReplays,
                         ::testing::Values("", "breakeven replay 1\n", "breakeven replay 1\n1 2 0 0\n",
                                           "breakeven replay 2\n1 2 0 1\n5\n",
                                           "breakeven replay 1\n1 2 0 2\n5\n",
                                           "breakeven replay 1\n1 2 0 999999999999\n5\n",
                                           "breakeven replay 1\n1 2 99999 1\n5\n",
                                           "breakeven replay 1\n1 2 0 1\nx\n"));

TEST(Replay, TheCostIsThatOfTheMeanTaskAndTheOthersKeepTheirRatios) {
  const auto made = workload({.tasks = 4, .in_bytes = 100, .out_bytes = 7, .cost = 3000});
  EXPECT_EQ(made->weight(0), 1000);
  EXPECT_EQ(made->weight(1), 3000);
  EXPECT_EQ(made->weight(3), 8000);
}

// A suite's time becomes a cost by measuring one task alone: that one has to cost what it is told.
TEST(Replay, OneTaskAloneCostsWhatIsAskedHoweverShortItWas) {
  EXPECT_EQ(workload({.tasks = 1, .in_bytes = 100, .out_bytes = 7, .cost = 3000})->weight(0), 3000);
}

}  // namespace
}  // namespace breakeven
