// What a sample's own processes used and suffered while its iterations were timed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "backends/backend.h"
#include "bench/text/json_reader.h"

namespace breakeven {

// One reading. Counts of this process, of its reaped children, and of the live processes among the workers.
struct Usage {
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0, minor_faults = 0, major_faults = 0;
  std::uint64_t caller_cpu_ns = 0;                                     // of the calling thread
  std::uint64_t total_cpu_ns = 0;                                      // of everybody
  std::optional<std::uint64_t> caller_run_delay_ns;                    // runnable, but waiting for a CPU
  std::map<pid_t, std::optional<std::uint64_t>> workers_run_delay_ns;  // by thread or process, live ones
  std::uint64_t usage_ns = 0;                                          // what this reading took
};

// Linux: getrusage, clock_gettime, /proc/PID/{stat,status,schedstat}. What cannot be read counts as nothing
// in the sums, and is null in the run delays.
Usage read_usage(const std::vector<WorkerId>& workers);

// The covariates of docs/format.md between two readings: voluntary_switches, involuntary_switches,
// minor_faults, major_faults, caller_cpu_ns, workers_cpu_ns, caller_run_delay_ns, workers_run_delay_ns; and
// usage_ns, what both readings took. The workers' run delay is null unless the same workers lived at both
// ends: those of a cold pool are gone before they can be asked.
Json usage_between(const Usage& before, const Usage& after);

}  // namespace breakeven
