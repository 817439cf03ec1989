// The one interval that the measuring program needs; everything else about statistics
// is in analysis/statistics/stats.py.
#pragma once

#include <optional>
#include <vector>

namespace breakeven {

struct Interval {
  double estimate, low, high;
};

double median(std::vector<double> values);  // of at least one value

// The median with its interpolated sign interval. No symmetry is assumed, no resampling done, and it is valid
// at every n from 6 (at 95 %) on; nullopt below. `level` is the confidence, such as 0.95. Source: T. P.
// Hettmansperger, S. J. Sheather: Confidence intervals based on interpolated order statistics, Statistics &
// Probability Letters 4 (1986) 75-79.
std::optional<Interval> median_interval(std::vector<double> values, double level);

}  // namespace breakeven
