// The round trip of a cache line between two cores, followed for some seconds.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

namespace breakeven {

struct LineProbe {
  double at_s;  // since the first
  double round_trip_ns;
  double division_slowdown;
};

// A probe every few milliseconds (bench/machine/core_probe.h). Empty where this process may use one CPU only.
std::vector<LineProbe> follow_line(std::chrono::duration<double> span);

// How long a mode lasts on average: the span divided by the changes across `threshold_ns`. Single probes on
// the other side are no change: each counts as most of the five around it. nullopt without a change.
std::optional<double> dwell_seconds(const std::vector<LineProbe>& probes, double threshold_ns);

}  // namespace breakeven
