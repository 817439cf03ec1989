// The CPU quota of the control groups that this process is in.
#pragma once

#include <optional>

#include "bench/system_files.h"

namespace breakeven {

// In CPUs: 1.5 means 150 ms of CPU time in 100 ms. The least of all groups from this process's own up to the
// root, of cgroup versions 1 and 2, wherever they are mounted. nullopt: no quota, or not readable.
std::optional<double> cgroup_quota(const SystemFiles& files = SystemFiles());

}  // namespace breakeven
