// CPU time of this process and of its workers, live forked ones included.
#pragma once

#include <chrono>

#include "backends/backend.h"

namespace breakeven {

// All threads of this process, its reaped children, and the live processes among `workers`.
// Linux: clock_gettime, getrusage(RUSAGE_CHILDREN), clock_getcpuclockid.
std::chrono::nanoseconds cpu_time(const std::vector<WorkerId>& workers);

}  // namespace breakeven
