// What the processes of a backend that spans hosts did while a sample was timed.
#pragma once

#include <vector>

#include "backends/contract/outcome.h"
#include "bench/text/json_reader.h"

namespace breakeven {

// Between two readings of the same ranks: `ranks` of docs/format.md.
Json ranks_between(const std::vector<RankUsage>& before, const std::vector<RankUsage>& after);

// CPU time of those on other hosts, ns, from the first timed iteration to the last, with what lies between them.
double far_cpu_ns(const std::vector<RankUsage>& before, const std::vector<RankUsage>& after);

}  // namespace breakeven
