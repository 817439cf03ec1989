// The machine's two modes: found where they are, and nowhere else; and what depends on them.
#include "bench/judge/modes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace breakeven {
namespace {

std::vector<double> lognormal(std::size_t n, double middle, double spread, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(std::log(middle), spread);
  std::vector<double> values(n);
  for (auto& value : values) value = std::exp(normal(random));
  return values;
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(SplitModes, FindsTwoHumpsWithTheirShares) {
  const auto split = split_modes(joined(lognormal(70, 120, 0.1, 1), lognormal(30, 450, 0.1, 2)));
  ASSERT_TRUE(split);
  EXPECT_NEAR(split->near_ns, 120, 10);
  EXPECT_NEAR(split->far_ns, 450, 40);
  EXPECT_DOUBLE_EQ(split->near_share, 0.7);
  EXPECT_GT(split->threshold_ns, 160);
  EXPECT_LT(split->threshold_ns, 340);
}

TEST(SplitModes, SeesNoneInOneHump) {
  for (unsigned seed = 0; seed < 200; ++seed)
    EXPECT_FALSE(split_modes(lognormal(300, 200, 0.4, seed))) << seed;
}

TEST(SplitModes, SeesNoneInAFewOutliers) {
  EXPECT_FALSE(split_modes(joined(lognormal(95, 120, 0.1, 1), lognormal(5, 5000, 0.1, 2))));
}

TEST(SplitModes, SeesNoneInHumpsThatAreClose) {
  EXPECT_FALSE(split_modes(joined(lognormal(50, 100, 0.01, 1), lognormal(50, 130, 0.01, 2))));
}

TEST(SplitModes, SeesNoneInEqualValuesAndInTooFew) {
  EXPECT_FALSE(split_modes(std::vector<double>(100, 5)));
  EXPECT_FALSE(split_modes({1, 100, 1, 100, 1, 100}));
  EXPECT_FALSE(split_modes({}));
}

std::vector<ModedRatio> rounds(std::size_t near, double near_ratio, std::size_t far, double far_ratio) {
  std::vector<ModedRatio> ratios;
  for (std::size_t i = 0; i < near; ++i)
    ratios.push_back({near_ratio + 1e-4 * static_cast<double>(i), false});
  for (std::size_t i = 0; i < far; ++i) ratios.push_back({far_ratio + 1e-4 * static_cast<double>(i), true});
  return ratios;
}

TEST(IsBimodal, WhereTheSpeedupDependsOnTheMode) { EXPECT_TRUE(is_bimodal(rounds(12, 0.6, 12, 0.3))); }

TEST(IsBimodal, NotWhereTheModesDifferByLessThanTwoPercent) {
  EXPECT_FALSE(is_bimodal(rounds(12, 0.6, 12, 0.585)));
}

TEST(IsBimodal, NotWhereAModeHasTooFewRounds) { EXPECT_FALSE(is_bimodal(rounds(30, 0.6, 5, 0.3))); }

TEST(IsBimodal, NotWhereNoModeIsKnown) {
  auto ratios = rounds(12, 0.6, 12, 0.3);
  for (auto& ratio : ratios) ratio.far.reset();
  EXPECT_FALSE(is_bimodal(ratios));
}

TEST(IsBimodal, SeldomOnCasesThatAreNot) {
  int alarms = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    const auto values = lognormal(40, 2, 0.05, seed);
    std::vector<ModedRatio> ratios;
    for (std::size_t i = 0; i < values.size(); ++i) ratios.push_back({std::log(values[i]), i % 2 == 0});
    alarms += is_bimodal(ratios) ? 1 : 0;
  }
  EXPECT_LE(alarms, 20);  // p = 0.01: 10 are expected, and 21 would be beyond 3 sigma
}

TEST(ByMode, GivesEachModeItsFigureAndShare) {
  const auto modes = by_mode(rounds(30, 0.6, 10, 0.3));
  ASSERT_EQ(modes.size(), 2u);
  EXPECT_EQ(modes[0].mode, "near");
  EXPECT_DOUBLE_EQ(modes[0].share, 0.75);
  EXPECT_NEAR(modes[0].estimate, 0.6, 0.01);
  EXPECT_EQ(modes[1].mode, "far");
  ASSERT_TRUE(modes[1].interval);
  EXPECT_LE(modes[1].interval->low, modes[1].estimate);
}

}  // namespace
}  // namespace breakeven
