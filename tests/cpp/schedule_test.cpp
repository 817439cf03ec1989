// The order of samples: complete, random, reproducible, and paired within blocks.
#include "bench/plan/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/judge/history.h"

namespace breakeven {
namespace {

PlannedCase planned(std::size_t tasks, const std::string& backend, Role role) {
  PlannedCase result;
  result.c.workload = "w";
  result.c.shape.tasks = tasks;
  result.c.backend = backend;
  result.role = role;
  result.baseline = "serial";
  return result;
}

// Three blocks of a baseline and five cases.
std::vector<PlannedCase> some_cases() {
  std::vector<PlannedCase> cases;
  for (std::size_t tasks = 1; tasks <= 3; ++tasks) {
    cases.push_back(planned(tasks, "serial", Role::kBaseline));
    for (const char* backend : {"a", "b", "c", "d", "e"})
      cases.push_back(planned(tasks, backend, Role::kCase));
  }
  return cases;
}

class RoundOrder : public ::testing::Test {
 protected:
  std::vector<PlannedCase> cases_ = some_cases();
  std::vector<Block> blocks_ = blocks_of(cases_);
  std::vector<bool> live_ = std::vector<bool>(cases_.size(), true);
  std::vector<Slot> order(std::uint64_t seed, unsigned round, std::size_t builds = 1) const {
    return round_order(seed, round, blocks_, live_, builds);
  }
};

std::vector<std::pair<std::size_t, std::size_t>> identity(const std::vector<Slot>& order) {
  std::vector<std::pair<std::size_t, std::size_t>> ids;
  for (const auto& slot : order) ids.emplace_back(slot.planned, slot.build);
  return ids;
}

TEST_F(RoundOrder, HoldsEveryCaseOnceAndEveryBaselineTwice) {
  std::map<std::size_t, int> counts;
  for (const auto& slot : order(1, 0)) ++counts[slot.planned];
  for (std::size_t i = 0; i < cases_.size(); ++i)
    EXPECT_EQ(counts[i], cases_[i].role == Role::kBaseline ? 2 : 1);
}

TEST_F(RoundOrder, SamplesABaselineMoreOftenWhereAsked) {
  std::map<std::size_t, int> halves[2];
  for (const auto& slot : round_order(1, 0, blocks_, live_, 1, {1, 3, 1})) {
    if (slot.half >= 0) ++halves[slot.half][slot.block];
  }
  for (const auto& half : halves) EXPECT_EQ(half, (std::map<std::size_t, int>{{0, 1}, {1, 3}, {2, 1}}));
}

TEST_F(RoundOrder, IsTheSameForTheSameArguments) { EXPECT_EQ(identity(order(7, 3)), identity(order(7, 3))); }

TEST_F(RoundOrder, DiffersFromRoundToRoundAndFromSeedToSeed) {
  EXPECT_NE(identity(order(7, 3)), identity(order(7, 4)));
  EXPECT_NE(identity(order(7, 3)), identity(order(8, 3)));
}

TEST_F(RoundOrder, KeepsABlockTogether) {
  std::set<std::size_t> finished;
  std::size_t current = blocks_.size();
  for (const auto& slot : order(5, 0)) {
    if (slot.block == current) continue;
    finished.insert(current);
    EXPECT_FALSE(finished.contains(slot.block));
    current = slot.block;
  }
}

TEST_F(RoundOrder, PutsOneBaselineIntoEachHalf) {
  for (unsigned round = 0; round < 50; ++round) {
    std::map<std::size_t, std::vector<int>> halves;
    for (const auto& slot : order(1, round)) {
      if (slot.half >= 0) halves[slot.planned].push_back(slot.half);
    }
    for (const auto& [baseline, found] : halves) EXPECT_EQ(found, (std::vector<int>{0, 1})) << baseline;
  }
}

TEST_F(RoundOrder, LeavesBaselinesOutWhereNoneIsAskedFor) {
  std::set<std::size_t> found;
  for (const auto& slot : round_order(1, 0, blocks_, live_, 1, std::vector<unsigned>(blocks_.size(), 0)))
    found.insert(slot.planned);
  for (std::size_t i = 0; i < cases_.size(); ++i)
    EXPECT_EQ(found.contains(i), cases_[i].role != Role::kBaseline);
}

TEST_F(RoundOrder, GivesEveryPlaceToEveryCaseInTheLongRun) {
  std::map<std::size_t, std::set<std::size_t>> places;  // of the cases of the first block
  for (unsigned round = 0; round < 400; ++round) {
    std::size_t place = 0;
    for (const auto& slot : order(1, round)) {
      if (slot.block == 0) places[slot.planned].insert(place++);
    }
  }
  for (const auto planned_case : blocks_[0].cases) EXPECT_EQ(places[planned_case].size(), 7u);
}

TEST_F(RoundOrder, MakesTheBuildsOfACaseNeighbours) {
  const auto slots = order(3, 0, 3);
  ASSERT_EQ(slots.size() % 3, 0u);
  std::set<std::vector<std::size_t>> turns;
  for (std::size_t i = 0; i < slots.size(); i += 3) {
    EXPECT_EQ(slots[i].planned, slots[i + 1].planned);
    EXPECT_EQ(slots[i].planned, slots[i + 2].planned);
    turns.insert({slots[i].build, slots[i + 1].build, slots[i + 2].build});
  }
  EXPECT_GT(turns.size(), 1u);
}

TEST_F(RoundOrder, LeavesOutFinishedCasesAndEmptyBlocks) {
  for (const auto planned_case : blocks_[1].cases) live_[planned_case] = false;
  live_[blocks_[0].cases[0]] = false;
  for (const auto& slot : order(1, 0)) {
    EXPECT_NE(slot.block, 1u);
    EXPECT_NE(slot.planned, blocks_[0].cases[0]);
  }
}

TEST_F(RoundOrder, OfABlockDoesNotDependOnOtherBlocks) {
  const auto of_block = [](const std::vector<Slot>& slots, std::size_t block) {
    std::vector<std::size_t> found;
    for (const auto& slot : slots) {
      if (slot.block == block) found.push_back(slot.planned);
    }
    return found;
  };
  const auto before = of_block(order(1, 2), 2);
  for (const auto planned_case : blocks_[0].cases) live_[planned_case] = false;
  EXPECT_EQ(of_block(order(1, 2), 2), before);
}

TEST_F(RoundOrder, PairsACaseWithBothBaselinesOfItsBlockAndRound) {
  History history(cases_, 1);
  const auto base = blocks_[0].baselines[0], rival = blocks_[0].cases[0];
  history.add({.block = 0, .planned = base, .build = 0, .half = 0}, 0, 100);
  history.add({.block = 0, .planned = base, .build = 0, .half = 1}, 0, 400);
  history.add({.block = 0, .planned = rival, .build = 0, .half = -1}, 0, 100);
  history.add({.block = 0, .planned = rival, .build = 0, .half = -1}, 1,
              100);  // a round without its baseline
  const auto speedups = history.log_speedups(rival, 0);
  ASSERT_EQ(speedups.size(), 1u);
  EXPECT_NEAR(std::exp(speedups[0]), 2.0, 1e-12);  // the geometric mean of 100 and 400 is 200
}

}  // namespace
}  // namespace breakeven
