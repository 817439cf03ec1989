#include "bench/judge/stop_rule.h"

#include <algorithm>
#include <cmath>

#include "bench/judge/interval.h"

namespace breakeven {
namespace {

constexpr double kStoppingLevel = 0.99;

std::vector<double> values_of(const std::vector<ModedRatio>& ratios) {
  std::vector<double> values;
  values.reserve(ratios.size());
  for (const auto& ratio : ratios) values.push_back(ratio.log_speedup);
  return values;
}

}  // namespace

Stop PrecisionRule::judge(const CaseProgress& progress) const {
  const auto narrow = [this](const std::optional<Interval>& interval) {
    return interval && (interval->high - interval->low) / 2 <= std::log1p(precision_);
  };
  const bool look = is_look(progress.rounds) && progress.span_s >= kLeastSpanSeconds;
  const bool last = progress.rounds >= most_rounds_;
  if (!look && !last) return Stop::kGoOn;
  const auto ratios = progress.ratios();
  const bool bimodal = is_bimodal(ratios);
  if (look && bimodal) {
    const auto modes = by_mode(ratios, kStoppingLevel);
    if (std::ranges::all_of(modes, narrow, &ModeResult::interval)) return Stop::kBimodal;
  }
  if (look && !bimodal && narrow(median_interval(values_of(ratios), kStoppingLevel))) return Stop::kPrecision;
  if (!last) return Stop::kGoOn;
  return bimodal ? Stop::kBimodal : Stop::kRounds;
}

Stop LosersRule::judge(const CaseProgress& progress) const {
  if (is_look(progress.rounds)) {
    const auto interval = median_interval(values_of(progress.ratios()), kStoppingLevel);
    if (interval && interval->high < std::log(kPlainLoss)) return Stop::kLoses;
  }
  return other_->judge(progress);
}

std::optional<Stopped> stop_in(const StopRule& rule, const std::vector<double>& starts_s,
                               const std::vector<std::optional<ModedRatio>>& rounds) {
  std::vector<ModedRatio> so_far;
  for (unsigned due = 1; due <= rounds.size(); ++due) {
    if (rounds[due - 1]) so_far.push_back(*rounds[due - 1]);
    const Stop why = rule.judge(
        {.ratios = [&] { return so_far; }, .rounds = due, .span_s = starts_s.at(due - 1) - starts_s.front()});
    if (why != Stop::kGoOn) return Stopped{.why = why, .rounds = due};
  }
  return std::nullopt;
}

std::unique_ptr<StopRule> stop_rule_of(const Session& session) {
  std::unique_ptr<StopRule> rule;
  if (session.precision > 0) {
    rule = std::make_unique<PrecisionRule>(session.precision, session.rounds);
  } else {
    rule = std::make_unique<FixedRounds>(session.rounds);
  }
  return session.drop_losers ? std::make_unique<LosersRule>(std::move(rule)) : std::move(rule);
}

}  // namespace breakeven
