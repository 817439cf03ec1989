// Instructions, cycles and cache misses of a sample, where the kernel lets them be counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/text/json_reader.h"

namespace breakeven {

// One event of perf_event_open(2).
struct CounterEvent {
  std::string name;    // of the covariate
  std::uint32_t type;  // PERF_TYPE_...
  std::uint64_t config;
};

const std::vector<CounterEvent>& hardware_events();  // instructions, cycles, cache_misses

// Counts in this thread and in every thread and process that it makes afterwards (perf's `inherit`), in user
// mode only, while resumed. Construct it before the backend starts. Events that cannot be opened are null in
// the result. Not thread-safe.
class HardwareCounters {
 public:
  explicit HardwareCounters(const std::vector<CounterEvent>& events = hardware_events());
  ~HardwareCounters();
  HardwareCounters(const HardwareCounters&) = delete;
  HardwareCounters& operator=(const HardwareCounters&) = delete;

  void resume();
  void pause();
  // Each event's count so far divided by `runs`, scaled where the kernel had to share its counters; null
  // where it is not counted.
  Json per_run(double runs) const;

 private:
  struct Counter {
    std::string name;
    int fd;  // -1: not to be had
  };
  std::vector<Counter> counters_;
};

// Why hardware events cannot be counted here, in words, with what to do; nullopt where they can.
std::optional<std::string> why_no_hardware_counters();

}  // namespace breakeven
