// What `breakeven doctor` measures: how even, how fast and how undisturbed this machine works now.
#pragma once

#include <functional>
#include <string>

#include "bench/text/json_reader.h"

namespace breakeven {

// How much of each is measured.
struct Effort {
  double line_s;           // cache line between two CPUs
  unsigned rounds, spins;  // of fixed spins of 1 ms: alone, and on all CPUs at once
  unsigned wakeups;
  unsigned surroundings;  // how often the covariates of a sample are read

  double seconds() const;  // about what it takes
};

inline constexpr Effort kThorough{
    .line_s = 6, .rounds = 30, .spins = 40, .wakeups = 2000, .surroundings = 20};
inline constexpr Effort kQuick{.line_s = 1.2, .rounds = 8, .spins = 25, .wakeups = 500, .surroundings = 5};

// Called before each step with what it is, for people.
using Step = std::function<void(const std::string&)>;

// Takes some Effort::seconds(), during which it keeps the CPUs of the affinity mask busy. One caller at a
// time. Fields: docs/doctor.md; null where this machine cannot show it (one CPU, nothing readable).
Json measure_disturbances(const Effort& effort, const Step& step);

}  // namespace breakeven
