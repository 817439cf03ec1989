#include "bench/judge/interval.h"

#include <algorithm>
#include <cmath>

namespace breakeven {
namespace {

// P(Binomial(n, 1/2) = k).
double sign_probability(std::size_t n, std::size_t k) {
  const auto count = static_cast<double>(n), j = static_cast<double>(k);
  return std::exp(std::lgamma(count + 1) - std::lgamma(j + 1) - std::lgamma(count - j + 1) -
                  count * std::log(2.0));
}

double median_of_sorted(const std::vector<double>& sorted) {
  const auto middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

}  // namespace

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return median_of_sorted(values);
}

std::optional<Interval> median_interval(std::vector<double> values, double level) {
  const auto n = values.size();
  std::size_t k = 0;  // the outermost order statistics that still cover with at least `level`
  double below = 0, up_to = sign_probability(n, 0);  // P(Binomial(n, 1/2) < k), P(... <= k)
  while (k + 1 <= n / 2 && up_to <= (1 - level) / 2) {
    ++k;
    below = up_to;
    up_to += sign_probability(n, k);
  }
  if (k == 0) return std::nullopt;
  std::ranges::sort(values);
  const double covered = 1 - 2 * below, covered_next = 1 - 2 * up_to;
  const double share = (covered - level) / (covered - covered_next);
  const auto kd = static_cast<double>(k), nd = static_cast<double>(n);
  const double lambda = (nd - kd) * share / (kd + (nd - 2 * kd) * share);
  return Interval{.estimate = median_of_sorted(values),
                  .low = (1 - lambda) * values[k - 1] + lambda * values[k],
                  .high = (1 - lambda) * values[n - k] + lambda * values[n - k - 1]};
}

}  // namespace breakeven
