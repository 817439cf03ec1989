// What other processes use of the CPUs, between two looks.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "bench/machine/system_files.h"
#include "bench/text/json_reader.h"

namespace breakeven {

// The kernel's counts at one moment, in its ticks (commonly 10 ms). nullopt where not readable.
struct CpuTimes {
  std::optional<std::uint64_t> busy, steal;  // of all CPUs
  struct Process {
    std::string name;
    std::uint64_t ticks;
  };
  std::map<int, Process> processes;  // all that can be seen, by id
};

CpuTimes read_cpu_times(const SystemFiles& files = SystemFiles());

// {"others": {"cpus", "busiest": [{"name", "pid", "cpus"}]}, "steal_share"}. `own_s` is this process's CPU
// time between the looks, `self` its id. `busiest`: at most three, each with 2 % of a CPU or more.
// `steal_share`: of the time in which a CPU had something to run.
Json compare_cpu_times(const CpuTimes& before, const CpuTimes& after, std::chrono::duration<double> elapsed,
                       double own_s, int self);

}  // namespace breakeven
