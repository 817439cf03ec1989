// The interpolated sign interval, against golden vectors that analysis/statistics/stats.py is
// tested with too.
#include "bench/judge/interval.h"

#include <gtest/gtest.h>

#include <cmath>

namespace breakeven {
namespace {

const std::vector<double> kBase = {100, 101, 99, 103, 100.5, 150, 98, 102, 100.2, 99.5, 104, 97};
const std::vector<double> kCase = {104, 107, 105, 160, 103, 106, 155, 104.5, 105.5, 108, 103.5, 102.5};

std::vector<double> log_ratios() {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < kBase.size(); ++i) ratios.push_back(std::log(kBase[i] / kCase[i]));
  return ratios;
}

TEST(MedianInterval, MatchesTheGoldenVectorAt95Percent) {
  const auto interval = median_interval(log_ratios(), 0.95);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->estimate, -0.053347, 5e-7);
  EXPECT_NEAR(interval->low, -0.075887, 5e-7);
  EXPECT_NEAR(interval->high, -0.024308, 5e-7);
}

TEST(MedianInterval, MatchesTheGoldenVectorAt99Percent) {
  const auto interval = median_interval(log_ratios(), 0.99);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, -0.300674, 5e-7);
  EXPECT_NEAR(interval->high, -0.006501, 5e-7);
}

TEST(MedianInterval, DoesNotExistBelowSixValues) {
  EXPECT_FALSE(median_interval({1, 2, 3, 4, 5}, 0.95));
  EXPECT_FALSE(median_interval({}, 0.95));
  EXPECT_TRUE(median_interval({1, 2, 3, 4, 5, 6}, 0.95));
}

TEST(MedianInterval, LiesInsideTheDataAndAroundTheMedian) {
  for (std::size_t n = 6; n <= 400; ++n) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<double>((i * 7919) % n));
    const auto interval = median_interval(values, 0.95);
    ASSERT_TRUE(interval) << n;
    EXPECT_LE(interval->low, interval->estimate) << n;
    EXPECT_GE(interval->high, interval->estimate) << n;
    EXPECT_GE(interval->low, 0) << n;
    EXPECT_LE(interval->high, static_cast<double>(n - 1)) << n;
  }
}

TEST(Median, OfAnEvenCountIsTheMiddleOfTheTwo) {
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({3, 1, 2}), 2);
}

}  // namespace
}  // namespace breakeven
