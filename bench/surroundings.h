// What the machine did around a sample, read from outside it, so that a cell of any language gets it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "bench/core_probe.h"
#include "bench/json_reader.h"

namespace breakeven {

// Construct it just before the sample, call after() just behind it. Fields (docs/format.md): line_before_ns,
// line_after_ns, division_slowdown_before, division_slowdown_after, steal_ns, throttled_ns,
// thermal_throttles, frequency_mhz, and probe_ns, what all this took. Not thread-safe.
class Surroundings {
 public:
  Surroundings();
  Json after();

 private:
  struct Counters {
    std::optional<std::uint64_t> steal_ns, throttled_ns, thermal_throttles;
  };
  static Counters read_counters();

  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  Counters before_;
  CoreProbe cores_before_;
  std::chrono::nanoseconds spent_{0};
};

}  // namespace breakeven
