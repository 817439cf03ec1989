// The control groups that this process is in, and their CPU quota.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/machine/system_files.h"

namespace breakeven {

// The folders of the groups that count and limit this process's CPU time: in each hierarchy its own
// first, then those above it up to the mount. Of cgroup versions 1 and 2, wherever they are mounted;
// empty where not readable.
std::vector<std::string> cpu_groups(const SystemFiles& files = SystemFiles());

// In CPUs: 1.5 means 150 ms of CPU time in 100 ms. The least of all its groups. nullopt: no quota,
// or not readable.
std::optional<double> cgroup_quota(const SystemFiles& files = SystemFiles());

}  // namespace breakeven
