// What was measured so far: pairs, their modes, and whose spread keeps a case open.
#include "bench/judge/history.h"

#include <gtest/gtest.h>

#include <cmath>

namespace breakeven {
namespace {

class HistoryTest : public ::testing::Test {
 protected:
  static PlannedCase planned(const std::string& backend, Role role) {
    PlannedCase result;
    result.c.workload = "w";
    result.c.backend = backend;
    result.role = role;
    result.baseline = "serial";
    return result;
  }
  // Times are ln(ns).
  void round(unsigned number, double first_half, double second_half, double time, double line_ns = 100) {
    history_.add({.block = 0, .planned = 0, .build = 0, .half = 0}, number, std::exp(first_half), 100);
    history_.add({.block = 0, .planned = 0, .build = 0, .half = 1}, number, std::exp(second_half), 100);
    history_.add({.block = 0, .planned = 1, .build = 0, .half = -1}, number, std::exp(time), line_ns);
  }
  History history_{{planned("serial", Role::kBaseline), planned("a", Role::kCase)}, 1};
};

TEST_F(HistoryTest, PairsWithTheGeometricMeanOfTheBaselinesSamples) {
  round(0, 10, 11, 10);
  ASSERT_EQ(history_.log_speedups(1, 0).size(), 1u);
  EXPECT_NEAR(history_.log_speedups(1, 0)[0], 0.5, 1e-12);
}

TEST_F(HistoryTest, GivesEachPairTheModeOfItsCase) {
  for (unsigned i = 0; i < 20; ++i) round(i, 10, 10, 10, i % 2 == 0 ? 500 : 100);
  ASSERT_TRUE(history_.modes()) << "a sixth of all probes is far";
  const auto ratios = history_.moded_speedups(1, 0);
  for (unsigned i = 0; i < 20; ++i) EXPECT_EQ(ratios[i].far, i % 2 == 0) << i;
}

TEST_F(HistoryTest, GivesNoModeWhereTheMachineHasOne) {
  for (unsigned i = 0; i < 20; ++i) round(i, 10, 10, 10, i % 4 == 0 ? 500 : 100);
  ASSERT_FALSE(history_.modes()) << "a twelfth of all probes is far";
  EXPECT_FALSE(history_.moded_speedups(1, 0)[0].far);
}

TEST_F(HistoryTest, SeesTheModesThatLaterProbesShow) {
  for (unsigned i = 0; i < 20; ++i) round(i, 10, 10, 10, 100);
  ASSERT_FALSE(history_.modes());
  for (unsigned i = 20; i < 40; ++i) round(i, 10, 10, 10, 500);
  ASSERT_TRUE(history_.modes());
  EXPECT_NEAR(history_.modes()->near_share, 5.0 / 6, 1e-12);
}

TEST_F(HistoryTest, KnowsWhenTheBaselinesSpreadDominates) {
  for (unsigned i = 0; i < 12; ++i) round(i, 10 + 0.01 * i, 10 - 0.013 * (i % 5), 10);
  EXPECT_TRUE(history_.baseline_dominates(1, 0));
}

TEST_F(HistoryTest, KnowsWhenTheCasesOwnSpreadDominates) {
  for (unsigned i = 0; i < 12; ++i) round(i, 10 + 1e-4 * (i % 3), 10, 10 + 0.1 * (i % 5));
  EXPECT_FALSE(history_.baseline_dominates(1, 0));
}

TEST_F(HistoryTest, DecidesNothingFromAFewRounds) {
  for (unsigned i = 0; i < 5; ++i) round(i, 10 + i, 10, 10);
  EXPECT_FALSE(history_.baseline_dominates(1, 0));
}

}  // namespace
}  // namespace breakeven
