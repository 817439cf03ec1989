// A picture of one run of a case: when each task ran, and on which worker.
#pragma once

#include <string>

#include "bench/plan/catalogue.h"
#include "bench/plan/run_plan.h"

namespace breakeven {

// The one case of the plan that is no yardstick. Throws UsageError where there are several.
const PlannedCase& case_to_trace(const RunPlan& plan);

// Takes one more sample of that case, which nothing else counts, and writes its watched run in the trace event format of
// Chrome, which Perfetto opens. Where a task ran in another process, its bar begins with the last result of its worker
// before, and says so. Returns why there is none, or an empty text. Throws OutputError where the file cannot be written.
std::string write_trace(const RunPlan& plan, const Catalogue& catalogue, const std::string& path);

}  // namespace breakeven
