#include "bench/judge/stop_rule.h"

#include <algorithm>
#include <cmath>

#include "bench/judge/interval.h"

namespace breakeven {
namespace {

constexpr unsigned kFirstLook = 12;
constexpr unsigned kLookEvery = 4;
constexpr double kLeastSpanSeconds = 30;
constexpr double kStoppingLevel = 0.99;

std::vector<double> values_of(const std::vector<ModedRatio>& ratios) {
  std::vector<double> values;
  values.reserve(ratios.size());
  for (const auto& ratio : ratios) values.push_back(ratio.log_speedup);
  return values;
}

bool is_look(unsigned rounds) { return rounds >= kFirstLook && (rounds - kFirstLook) % kLookEvery == 0; }

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

std::unique_ptr<StopRule> stop_rule_of(const Session& session) {
  if (session.precision > 0) return std::make_unique<PrecisionRule>(session.precision, session.rounds);
  return std::make_unique<FixedRounds>(session.rounds);
}

}  // namespace breakeven
