// What a run says of its cases at its end: why each stopped, how well it is known, and at which speeds it ran.
#pragma once

#include <optional>
#include <vector>

#include "bench/judge/history.h"
#include "bench/judge/stop_rule.h"
#include "bench/plan/run_plan.h"
#include "bench/plan/schedule.h"

namespace breakeven {

// Half the width of the 95 % interval of the case's speed-up, as a fraction, of the build that is known least; nullopt
// where there is no interval yet.
std::optional<double> precision_of(const History& history, std::size_t builds, std::size_t planned);

// One entry a case, in the order of the blocks, as docs/format.md defines the journal's `end`. `stops` and `rounds` are by
// planned case.
Json conclusions(const RunPlan& plan, const std::vector<Block>& blocks, const History& history,
                 const std::vector<Stop>& stops, const std::vector<unsigned>& rounds);

// The machine's two cache modes as the probes told them; null where they told one.
Json machine_modes(const History& history);

}  // namespace breakeven
