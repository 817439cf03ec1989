#include "bench/judge/modes.h"

#include <algorithm>
#include <cmath>

namespace breakeven {
namespace {

constexpr double kLeastShare = 0.1;
constexpr double kLeastRatio = 1.5;
constexpr double kLeastBetween = 0.8;  // of the variance
constexpr std::size_t kLeastRounds = 6;
constexpr double kTwoSided99 = 2.5758293035489004;  // normal quantile of p = 0.01
constexpr double kLeastDifference = 0.02;

std::vector<double> of_mode(const std::vector<ModedRatio>& ratios, bool far) {
  std::vector<double> values;
  for (const auto& ratio : ratios) {
    if (ratio.far == far) values.push_back(ratio.log_speedup);
  }
  return values;
}

// The standardised Mann-Whitney statistic, with mid-ranks and the correction of its variance for ties.
double rank_difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<std::pair<double, bool>> all;
  all.reserve(a.size() + b.size());
  for (const double value : a) all.emplace_back(value, true);
  for (const double value : b) all.emplace_back(value, false);
  std::ranges::sort(all);
  const auto n = static_cast<double>(all.size()), m = static_cast<double>(a.size());
  double rank_sum = 0, ties = 0;
  for (std::size_t first = 0; first < all.size();) {
    auto last = first;
    while (last < all.size() && all[last].first == all[first].first) ++last;
    const auto count = static_cast<double>(last - first);
    for (auto i = first; i < last; ++i)
      rank_sum += all[i].second ? static_cast<double>(first + last + 1) / 2 : 0;
    ties += count * count * count - count;
    first = last;
  }
  const double mean = m * (n + 1) / 2;
  const double variance = m * (n - m) / 12 * (n + 1 - ties / (n * (n - 1)));
  return variance > 0 ? (rank_sum - mean) / std::sqrt(variance) : 0;
}

}  // namespace

std::optional<ModeSplit> split_modes(std::vector<double> probes_ns) {
  std::ranges::sort(probes_ns);
  const auto n = probes_ns.size();
  if (n < 20 || probes_ns.front() <= 0) return std::nullopt;
  std::vector<double> sums(n + 1, 0);
  double squares = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double log = std::log(probes_ns[i]);
    sums[i + 1] = sums[i] + log;
    squares += log * log;
  }
  const auto count = static_cast<double>(n);
  const double mean = sums[n] / count, total = squares / count - mean * mean;
  double best = 0;
  std::size_t cut = 0;  // the number of near ones
  for (std::size_t i = 1; i < n; ++i) {
    const auto near = static_cast<double>(i), far = count - near;
    const double gap = sums[i] / near - (sums[n] - sums[i]) / far;
    const double between = near * far / (count * count) * gap * gap;
    if (between > best) best = between, cut = i;
  }
  const auto at = static_cast<std::ptrdiff_t>(cut);
  const double share = static_cast<double>(cut) / count;
  if (share < kLeastShare || share > 1 - kLeastShare || best < kLeastBetween * total) return std::nullopt;
  const ModeSplit split{.near_ns = median({probes_ns.begin(), probes_ns.begin() + at}),
                        .far_ns = median({probes_ns.begin() + at, probes_ns.end()}),
                        .threshold_ns = std::sqrt(probes_ns[cut - 1] * probes_ns[cut]),
                        .near_share = share};
  return split.far_ns >= kLeastRatio * split.near_ns ? std::optional(split) : std::nullopt;
}

bool is_bimodal(const std::vector<ModedRatio>& ratios) {
  const auto near = of_mode(ratios, false), far = of_mode(ratios, true);
  if (near.size() < kLeastRounds || far.size() < kLeastRounds) return false;
  return std::abs(rank_difference(near, far)) >= kTwoSided99 &&
         std::abs(median(near) - median(far)) > std::log1p(kLeastDifference);
}

std::vector<ModeResult> by_mode(const std::vector<ModedRatio>& ratios, double level) {
  std::vector<ModeResult> results;
  const auto near = of_mode(ratios, false), far = of_mode(ratios, true);
  for (const auto* values : {&near, &far}) {
    if (values->empty()) continue;
    results.push_back(
        {.mode = values == &near ? "near" : "far",
         .rounds = values->size(),
         .share = static_cast<double>(values->size()) / static_cast<double>(near.size() + far.size()),
         .estimate = median(*values),
         .interval = median_interval(*values, level)});
  }
  return results;
}

}  // namespace breakeven
