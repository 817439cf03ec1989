// One sample: a fresh process that measures one case once.
#pragma once

#include "bench/plan/protocol.h"

namespace breakeven {

// Makes the workload, the job and the backend; warms up; times the iterations; proves that the work was done.
// Never throws: what goes wrong is in the record. Call it once in a process, before any thread exists.
Record measure_sample(const Request& request);

}  // namespace breakeven
