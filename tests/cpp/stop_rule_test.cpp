// Stopping: by rounds, and by a precision that is looked at seldom and judged on the wider interval.
#include "bench/stop_rule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/session.h"

namespace breakeven {
namespace {

// `n` rounds whose logarithms lie evenly within +-`half_width`.
CaseProgress even_spread(unsigned n, double half_width, double span_s = 100) {
  CaseProgress progress{.ratios = {}, .rounds = n, .span_s = span_s};
  for (unsigned i = 0; i < n; ++i) progress.ratios.push_back({half_width * (2.0 * i / (n - 1) - 1), {}});
  return progress;
}

TEST(FixedRounds, StopsAfterThem) {
  const FixedRounds rule(3);
  EXPECT_EQ(rule.judge({.ratios = {}, .rounds = 2, .span_s = 0}), Stop::kGoOn);
  EXPECT_EQ(rule.judge({.ratios = {}, .rounds = 3, .span_s = 0}), Stop::kRounds);
}

TEST(PrecisionRule, StopsWhenTheIntervalIsNarrow) {
  const PrecisionRule rule(0.02, 60);
  EXPECT_EQ(rule.judge(even_spread(12, 0.01)), Stop::kPrecision);
  EXPECT_EQ(rule.judge(even_spread(12, 0.1)), Stop::kGoOn);
}

TEST(PrecisionRule, JudgesThe99PercentInterval) {
  // Of 12 values the 99 % interval of the median reaches the second from either end: 9/11 of the half spread.
  const PrecisionRule rule(0.02, 60);
  EXPECT_EQ(rule.judge(even_spread(12, std::log1p(0.02) * 11 / 9 * 0.95)), Stop::kPrecision);
  EXPECT_EQ(rule.judge(even_spread(12, std::log1p(0.02) * 11 / 9 * 1.1)), Stop::kGoOn);
}

TEST(PrecisionRule, LooksEveryFourRoundsFromTheTwelfth) {
  const PrecisionRule rule(0.02, 60);
  for (unsigned rounds = 6; rounds < 60; ++rounds) {
    const bool look = rounds >= 12 && rounds % 4 == 0;
    EXPECT_EQ(rule.judge(even_spread(rounds, 0.001)), look ? Stop::kPrecision : Stop::kGoOn) << rounds;
  }
}

TEST(PrecisionRule, WantsRoundsThatSpanSeveralModesOfTheMachine) {
  EXPECT_EQ(PrecisionRule(0.02, 60).judge(even_spread(20, 0.001, 29)), Stop::kGoOn);
}

// `n` rounds in each mode, each within +-`half_width` of its own speed-up.
CaseProgress two_modes(unsigned n, double half_width) {
  CaseProgress progress{.ratios = {}, .rounds = 2 * n, .span_s = 100};
  for (unsigned i = 0; i < n; ++i) {
    const double offset = half_width * (2.0 * i / (n - 1) - 1);
    progress.ratios.push_back({0.6 + offset, false});
    progress.ratios.push_back({0.2 + offset, true});
  }
  return progress;
}

TEST(PrecisionRule, NeverCallsABimodalCasePrecise) {
  const PrecisionRule rule(0.5, 60);  // wide enough for the whole spread
  EXPECT_EQ(rule.judge(two_modes(10, 0.01)), Stop::kBimodal);
}

TEST(PrecisionRule, WantsEachModeOfABimodalCaseToBePrecise) {
  EXPECT_EQ(PrecisionRule(0.02, 60).judge(two_modes(10, 0.1)), Stop::kGoOn);
  EXPECT_EQ(PrecisionRule(0.02, 60).judge(two_modes(30, 0.1)), Stop::kBimodal);  // the last round
}

TEST(PrecisionRule, GivesUpAtTheLastRound) {
  EXPECT_EQ(PrecisionRule(0.02, 60).judge(even_spread(60, 1)), Stop::kRounds);
}

TEST(PrecisionRule, DoesNotStopACaseThatOnlyFails) {
  const PrecisionRule rule(0.02, 60);
  EXPECT_EQ(rule.judge({.ratios = {}, .rounds = 12, .span_s = 100}), Stop::kGoOn);
  EXPECT_EQ(rule.judge({.ratios = {}, .rounds = 60, .span_s = 100}), Stop::kRounds);
}

TEST(Session, SurvivesItsJsonForm) {
  const Session session{.rounds = 30, .precision = 0.02, .only = {"a", "b"}};
  const Session back = session_from_json(to_json(session), "session");
  EXPECT_EQ(back.rounds, session.rounds);
  EXPECT_EQ(back.precision, session.precision);
  EXPECT_EQ(back.only, session.only);
}

}  // namespace
}  // namespace breakeven
