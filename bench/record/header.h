// The journal's first line: a run's plan, from which the run can be taken up again.
#pragma once

#include <string>
#include <vector>

#include "bench/plan/run_plan.h"

namespace breakeven {

// The journal's first line: the context of the result file, the skipped cases, and the plan itself.
Json journal_header(const RunPlan& plan);

// The plan of an earlier run, from its folder, results or journal, with the last session's rounds, precision and cases. A journal
// may come from anywhere, so it never says what to run: a build is the program of that name in `given`, or
// else `running`, the path of this one. Throws UsageError where there is no such run, or where a build's
// program is not the one that was measured then.
RunPlan plan_of_journal(const std::string& place, const std::string& running,
                        const std::vector<Build>& given = {});

}  // namespace breakeven
