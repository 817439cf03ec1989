// Stopping: by rounds, and by a precision that is looked at seldom and judged on the wider interval.
#include "bench/judge/stop_rule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "bench/plan/session.h"

namespace breakeven {
namespace {

CaseProgress progress_of(std::vector<ModedRatio> ratios, unsigned rounds, double span_s = 100) {
  return {.ratios = [ratios = std::move(ratios)] { return ratios; }, .rounds = rounds, .span_s = span_s};
}

// `n` rounds whose logarithms lie evenly within +-`half_width`.
CaseProgress even_spread(unsigned n, double half_width, double span_s = 100) {
  std::vector<ModedRatio> ratios;
  for (unsigned i = 0; i < n; ++i) ratios.push_back({half_width * (2.0 * i / (n - 1) - 1), {}});
  return progress_of(std::move(ratios), n, span_s);
}

TEST(FixedRounds, StopsAfterThem) {
  const FixedRounds rule(3);
  EXPECT_EQ(rule.judge(progress_of({}, 2)), Stop::kGoOn);
  EXPECT_EQ(rule.judge(progress_of({}, 3)), Stop::kRounds);
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
  std::vector<ModedRatio> ratios;
  for (unsigned i = 0; i < n; ++i) {
    const double offset = half_width * (2.0 * i / (n - 1) - 1);
    ratios.push_back({0.6 + offset, false});
    ratios.push_back({0.2 + offset, true});
  }
  return progress_of(std::move(ratios), 2 * n);
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
  EXPECT_EQ(rule.judge(progress_of({}, 12)), Stop::kGoOn);
  EXPECT_EQ(rule.judge(progress_of({}, 60)), Stop::kRounds);
}

// `n` rounds of a speed-up within a twentieth of `value`.
CaseProgress around(double value, unsigned n) {
  auto ratios = even_spread(n, 0.05).ratios();
  for (auto& ratio : ratios) ratio.log_speedup += std::log(value);
  return progress_of(std::move(ratios), n);
}

TEST(LosersRule, StopsWhatPlainlyLosesFromTheEighthRoundOn) {
  const LosersRule rule(std::make_unique<PrecisionRule>(0.001, 60));
  for (unsigned rounds = 6; rounds < 30; ++rounds) {
    const bool look = rounds >= 8 && rounds % 4 == 0;
    EXPECT_EQ(rule.judge(around(0.5, rounds)), look ? Stop::kLoses : Stop::kGoOn) << rounds;
  }
}

TEST(LosersRule, GoesOnWithWhatMayBeLevelAndWithWhatWins) {
  const LosersRule rule(std::make_unique<PrecisionRule>(0.001, 60));
  for (const double value : {0.9, 0.95, 1.0, 1.9}) EXPECT_EQ(rule.judge(around(value, 12)), Stop::kGoOn);
}

TEST(LosersRule, LeavesAllElseToTheOtherRule) {
  EXPECT_EQ(LosersRule(std::make_unique<FixedRounds>(3)).judge(progress_of({}, 3)), Stop::kRounds);
  EXPECT_EQ(LosersRule(std::make_unique<FixedRounds>(3)).most_rounds(), 3u);
}

// What a run pays after every round must not grow with the rounds that it has behind it.
TEST(StopRules, AskForTheRatiosAtALookAndAtTheLastRoundOnly) {
  const PrecisionRule precise(0.02, 30);
  for (unsigned rounds = 0; rounds <= 30; ++rounds) {
    unsigned asked = 0;
    const auto count = [&asked] {
      ++asked;
      return std::vector<ModedRatio>{};
    };
    FixedRounds(30).judge({.ratios = count, .rounds = rounds, .span_s = 100});
    EXPECT_EQ(asked, 0u);
    precise.judge({.ratios = count, .rounds = rounds, .span_s = 100});
    const bool look = rounds >= 12 && rounds % 4 == 0;
    EXPECT_EQ(asked, look || rounds == 30 ? 1u : 0u) << rounds;
  }
}

TEST(Session, SurvivesItsJsonForm) {
  const Session session{.rounds = 30, .precision = 0.02, .only = {"a", "b"}, .drop_losers = true};
  const Session back = session_from_json(to_json(session), "session");
  EXPECT_EQ(back.rounds, session.rounds);
  EXPECT_EQ(back.precision, session.precision);
  EXPECT_TRUE(back.drop_losers);
  EXPECT_EQ(back.only, session.only);
}

}  // namespace
}  // namespace breakeven
