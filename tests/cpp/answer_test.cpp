// What a result file answers: each kind of sentence, and none where no interval says it.
#include "bench/summary/answer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace breakeven {
namespace {

struct Speedup {
  double low, value, high;
};

CaseSummary ran(const std::string& backend, Speedup speedup, Dispatch dispatch = Dispatch::kMap) {
  CaseSummary one;
  one.c.workload = "compute";
  one.c.backend = backend;
  one.c.workers = 2;
  one.c.dispatch = dispatch;
  one.rounds = 12;
  one.speedup = Figure{.value = speedup.value, .low = speedup.low, .high = speedup.high};
  one.is_process = backend.starts_with("fork_pool");
  return one;
}

BlockSummary shape(std::vector<CaseSummary> cases, std::size_t in_bytes = 0) {
  BlockSummary block;
  for (auto& one : cases) one.c.shape.in_bytes = in_bytes;
  block.cases = std::move(cases);
  return block;
}

std::string said(const std::vector<BlockSummary>& blocks, const std::string& kind) {
  const auto sentences = answer(blocks);
  const auto found = std::ranges::find(sentences, kind, &Sentence::kind);
  return found == sentences.end() ? "" : found->text;
}

constexpr Speedup kGood{1.9, 1.95, 1.98}, kFair{1.5, 1.55, 1.6}, kLevel{0.9, 1.0, 1.1}, kLoss{0.4, 0.5, 0.6};

TEST(Answer, SaysWhereThreadsAreFasterAndWhereNoIntervalTells) {
  const std::vector<BlockSummary> blocks = {
      shape({ran("thread_pool", kGood), ran("fork_pool/shm", kFair)}),
      shape({ran("thread_pool", kGood), ran("fork_pool/shm", {1.93, 1.94, 1.96})})};
  EXPECT_EQ(said(blocks, "threads_or_processes"),
            "Here: threads. They are faster in 1 of 2 shapes, level with processes in 1.");
}

TEST(Answer, SaysWhereProcessesAreFaster) {
  const std::vector<BlockSummary> blocks = {shape({ran("thread_pool", kLevel), ran("fork_pool/shm", kFair)})};
  EXPECT_EQ(said(blocks, "threads_or_processes"), "Here: processes. They are faster in 1 of 1 shape.");
}

TEST(Answer, SaysThatItDepends) {
  const std::vector<BlockSummary> blocks = {shape({ran("thread_pool", kGood), ran("fork_pool/shm", kFair)}),
                                            shape({ran("thread_pool", kFair), ran("fork_pool/shm", kGood)}),
                                            shape({ran("thread_pool", kGood), ran("fork_pool/shm", kGood)})};
  EXPECT_EQ(said(blocks, "threads_or_processes"),
            "Here: it depends. Threads are faster in 1 of 3 shapes, processes in 1, and 1 is a tie.");
}

TEST(Answer, NamesTiesAsNoDifference) {
  const std::vector<BlockSummary> blocks = {shape({ran("thread_pool", kGood), ran("fork_pool/shm", kGood)})};
  EXPECT_EQ(said(blocks, "threads_or_processes"),
            "Here: no difference. No interval tells threads from processes in any of 1 shape.");
}

TEST(Answer, AsksNothingOfProcessesWhereNoneRan) {
  const std::vector<BlockSummary> blocks = {shape({ran("thread_pool", kGood)})};
  EXPECT_EQ(said(blocks, "threads_or_processes"), "");
  EXPECT_EQ(said(blocks, "processes"), "");
}

TEST(Answer, NamesTheBackendThatIsBestOrLevelMostOften) {
  auto best = ran("thread_pool", kGood);
  best.ceiling_share = 0.987;
  const std::vector<BlockSummary> blocks = {shape({best, ran("std_async", kFair)}),
                                            shape({ran("std_async", kFair), ran("thread_pool", kFair)})};
  EXPECT_EQ(
      said(blocks, "winner"),
      "thread_pool is best or level in 2 of 2 shapes, up to 1.95x with 2 workers (99 % of the ceiling).");
}

TEST(Answer, AWinnerThatOnlyLosesGainsNothing) {
  EXPECT_EQ(said({shape({ran("thread_pool", kLoss), ran("std_async", {0.1, 0.2, 0.3})})}, "winner"),
            "thread_pool is best or level in 1 of 1 shape, and gains nothing for certain.");
}

TEST(Answer, SaysFromWhichPayloadOnProcessesLose) {
  const std::vector<BlockSummary> blocks = {shape({ran("fork_pool/shm", kFair)}, 0),
                                            shape({ran("fork_pool/shm", kLevel)}, 4096),
                                            shape({ran("fork_pool/shm", kLoss)}, 65536)};
  EXPECT_EQ(said(blocks, "processes"),
            "Processes pay in 1 of 3 shapes and lose in 1; compute: a loss from 64KiB a task on.");
}

TEST(Answer, NamesNoPayloadWhereALossComesAndGoes) {
  const std::vector<BlockSummary> blocks = {shape({ran("fork_pool/shm", kFair)}, 0),
                                            shape({ran("fork_pool/shm", kLoss)}, 4096),
                                            shape({ran("fork_pool/shm", kFair)}, 65536)};
  EXPECT_EQ(said(blocks, "processes"), "Processes pay in 2 of 3 shapes and lose in 1.");
}

TEST(Answer, NamesTheWaysThatNeverPay) {
  const std::vector<BlockSummary> blocks = {
      shape({ran("std_async", kLoss, Dispatch::kSubmit), ran("std_async", kGood)}),
      shape({ran("std_async", {0.7, 0.75, 0.8}, Dispatch::kSubmit), ran("thread_pool", kLevel)})};
  EXPECT_EQ(said(blocks, "never"), "Never: std_async submit (0.75x at best).");
}

TEST(Answer, ExplainsWhatIsMoreThanIdealAndKeepsItOutOfTheHeadline) {
  const std::vector<BlockSummary> blocks = {shape({ran("thread_pool", {2.3, 2.5, 2.6})}),
                                            shape({ran("thread_pool", kFair)})};
  EXPECT_NE(said(blocks, "beyond_ideal").find("up to 2.5x with 2 (thread_pool)"), std::string::npos);
  EXPECT_NE(said(blocks, "winner").find("up to 1.55x"), std::string::npos);
}

TEST(Answer, TellsOfCasesWithTwoSpeeds) {
  auto one = ran("thread_pool", kGood);
  one.modes.resize(2);
  EXPECT_EQ(said({shape({one})}, "two_speeds").substr(0, 25), "1 case has two speeds: th");
}

TEST(Answer, SaysNothingButThatItIsTooEarlyWithoutIntervals) {
  auto one = ran("thread_pool", kGood);
  one.speedup->low = one.speedup->high = std::nullopt;
  const auto sentences = answer({shape({one})});
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_EQ(sentences[0].kind, "too_few_rounds");
}

TEST(Answer, LeavesOutEmptyTasksAndSingleWorkers) {
  auto block = shape({ran("thread_pool", kGood)});
  block.empty_tasks = true;
  auto single = ran("thread_pool", kGood);
  single.c.workers = 1;
  EXPECT_TRUE(answer({block, shape({single})}).empty());
  EXPECT_TRUE(answer({}).empty());
}

TEST(Answer, TellsTheCasesThatASentenceComesFrom) {
  const auto sentences = answer({shape({ran("thread_pool", kGood), ran("fork_pool/shm", kFair)})});
  EXPECT_EQ(sentences.front().cases.size(), 2U);
}

}  // namespace
}  // namespace breakeven
