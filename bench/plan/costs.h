// Turns costs that a suite wrote as times into kernel units, once per run.
#pragma once

#include "bench/plan/suite.h"

namespace breakeven {

// Measures, on this thread, what a unit of each workload's kernel takes, and sets `cost` and `cost_ns` of
// all cases. The units go into the record, so that digests never depend on a calibration. This takes about
// 20 ms a workload.
void resolve_costs(Expansion& expansion);

}  // namespace breakeven
