// Where the description of a machine comes from. Tests put another machine's files in its place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/machine/system_files.h"
#include "bench/machine/topology.h"

namespace breakeven {

// The signature that a hypervisor shows through the instruction CPUID, such as "KVMKVMKVM"; nullopt without
// one, and on processors that have no such instruction.
std::optional<std::string> hypervisor_signature();

struct Sources {
  SystemFiles files = SystemFiles();
  std::vector<int> affinity = affinity_mask();
  Topology topology = this_topology();
  std::optional<std::string> hypervisor = hypervisor_signature();
};

}  // namespace breakeven
