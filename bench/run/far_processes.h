// What a sample that went wrong may have left on other hosts.
#pragma once

#include <chrono>
#include <string>

#include "bench/plan/hosts.h"
#include "bench/process/supervisor.h"

namespace breakeven {

// A word that stands in the request of one sample alone, so that its processes can be found by their command lines.
std::string sample_token();

// Kills every process on the first `nodes` hosts, but this one, whose command line holds the token, and returns once none is
// there. Until `give_up` a host may be silent, or may keep some: then it is returned, with why, in one line; else an empty text.
std::string end_far_processes(Supervisor& supervisor, const Hosts& hosts, unsigned nodes,
                              const std::string& token, std::chrono::steady_clock::time_point give_up);

}  // namespace breakeven
