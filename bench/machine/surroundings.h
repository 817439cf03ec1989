// What the machine did around a sample, read from outside it, so that a cell of any language gets it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "bench/machine/core_probe.h"
#include "bench/text/json_reader.h"

namespace breakeven {

// The probe of the cores that ended behind one sample, for the next one.
struct LastProbe {
  CoreProbe cores;
  std::chrono::steady_clock::time_point ended;
};

// Construct it just before the sample, call after() just behind it. Fields (docs/format.md): line_before_ns,
// line_after_ns, division_slowdown_before, division_slowdown_after, steal_ns, throttled_ns,
// thermal_throttles, frequency_mhz, and probe_ns, what all this took. Not thread-safe.
class Surroundings {
 public:
  // `last`: behind the sample before this one. Where it is not older than 2 ms it serves for the state before
  // this one too: the machine stays in a mode for a second or more.
  explicit Surroundings(const std::optional<LastProbe>& last = {});
  Json after();
  const LastProbe& last() const { return last_; }  // once after() was called

 private:
  struct Counters {
    std::optional<std::uint64_t> steal_ns, throttled_ns, thermal_throttles;
  };
  static Counters read_counters();

  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  Counters before_;
  CoreProbe cores_before_;
  LastProbe last_;
  std::chrono::nanoseconds spent_{0};
};

}  // namespace breakeven
