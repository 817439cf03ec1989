// One run: the schedule's samples, taken one after the other into a journal, and results.json
// derived from it.
#pragma once

#include "bench/plan/run_plan.h"
#include "bench/record/results.h"
#include "bench/run/sampler.h"

namespace breakeven {

struct RunReport {
  ResultCounts counts;
  std::string changed;  // a file of a cell that changed meanwhile, so that the run ended; else empty
  std::string
      left_on;  // a host on which a sample may have left processes, with why, so that the run ended; else empty
  int interrupted = 0;  // the signal that ended it early, or 0
  double wall_s = 0, timed_fraction = 0;
};

// Shows progress on standard error. Where the plan says so, goes on with an earlier run: what stands in its
// journal is gone through again, in the same order, without being measured. Throws UsageError before anything
// is measured, OutputError where the journal or the results cannot be written (the journal is kept).
RunReport run_suite(const RunPlan& plan, const Catalogue& catalogue);

}  // namespace breakeven
