#include "bench/stop_rule.h"

#include <cmath>

#include "bench/interval.h"

namespace breakeven {
namespace {

constexpr unsigned kFirstLook = 12;
constexpr unsigned kLookEvery = 4;
constexpr double kLeastSpanSeconds = 30;
constexpr double kStoppingLevel = 0.99;

bool is_look(unsigned rounds) { return rounds >= kFirstLook && (rounds - kFirstLook) % kLookEvery == 0; }

}  // namespace

std::string to_string(Stop stop) {
  switch (stop) {
    case Stop::kPrecision:
      return "precision";
    case Stop::kRounds:
      return "rounds";
    case Stop::kGoOn:
      break;
  }
  return "budget";  // it would have gone on
}

Stop PrecisionRule::judge(const CaseProgress& progress) const {
  if (is_look(progress.rounds) && progress.span_s >= kLeastSpanSeconds) {
    const auto interval = median_interval(progress.log_speedups, kStoppingLevel);
    if (interval && (interval->high - interval->low) / 2 <= std::log1p(precision_)) return Stop::kPrecision;
  }
  return progress.rounds < most_rounds_ ? Stop::kGoOn : Stop::kRounds;
}

}  // namespace breakeven
