// The control groups that this process is in, and their limits of CPU time and memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/machine/system_files.h"

namespace breakeven {

// The folders of the groups in which a controller ("cpu", "memory") counts and limits this process: in each hierarchy
// its own first, then those above it up to the mount. Of cgroup versions 1 and 2, wherever they are mounted; empty where
// not readable.
std::vector<std::string> groups_of(const std::string& controller, const SystemFiles& files = SystemFiles());

// In CPUs: 1.5 means 150 ms of CPU time in 100 ms. The least of all its groups. nullopt: no quota,
// or not readable.
std::optional<double> cgroup_quota(const SystemFiles& files = SystemFiles());

// In bytes, by the group with the least left: what its processes may have together, and what they have now.
struct MemoryLimit {
  std::uint64_t limit = 0, used = 0;
  std::uint64_t left() const { return used < limit ? limit - used : 0; }
};
std::optional<MemoryLimit> cgroup_memory(const SystemFiles& files = SystemFiles());

}  // namespace breakeven
