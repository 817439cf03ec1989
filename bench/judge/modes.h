// The two modes of a machine: cores that are near each other, and far.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/judge/interval.h"

namespace breakeven {

// How a run's line probes fall into two groups.
struct ModeSplit {
  double near_ns, far_ns;  // medians of the groups
  double threshold_ns;     // between them
  double near_share;       // of all probes
};

// Otsu's threshold (1979) on the logarithms: least variance within the groups. nullopt unless there clearly
// are two modes: a tenth of the probes in each, medians apart by half as much again, and at least 80 % of the
// variance between the groups (for one normal hump that is 64 %, for a flat one 75 %).
std::optional<ModeSplit> split_modes(std::vector<double> probes_ns);

// One paired round of a case, with the mode of its sample.
struct ModedRatio {
  double log_speedup;
  std::optional<bool> far;  // nullopt: not known
};

// Whether the speed-up depends on the mode: the rank test of Mann and Whitney (1947; normal approximation
// with ties, two-sided, p <= 0.01, at least 6 rounds in each mode), and medians that differ by more than 2 %.
bool is_bimodal(const std::vector<ModedRatio>& ratios);

struct ModeResult {
  std::string mode;  // "near" or "far"
  std::size_t rounds;
  double share;                      // of the rounds whose mode is known
  double estimate;                   // median of the log speed-ups
  std::optional<Interval> interval;  // 95 %
};

// Both modes, near first; a mode without rounds is left out.
std::vector<ModeResult> by_mode(const std::vector<ModedRatio>& ratios, double level = 0.95);

}  // namespace breakeven
