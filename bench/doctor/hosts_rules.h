// What is wrong with hosts and the links between them, in plain words.
#pragma once

#include <vector>

#include "bench/doctor/findings.h"

namespace breakeven {

// `measured`: what a link program prints (docs/clusters.md). `network_given`: whether the hosts file says which network
// carries messages. Warnings first.
std::vector<Finding> find_in_hosts(const Json& measured, bool network_given);

}  // namespace breakeven
