// One run: the schedule's samples, taken one after the other into a journal, and results.json derived from
// it.
#pragma once

#include <string>
#include <vector>

#include "bench/history.h"
#include "bench/results.h"
#include "bench/sampler.h"
#include "bench/stop_rule.h"
#include "bench/suite.h"

namespace breakeven {

struct RunPlan {
  Suite suite;                     // name, rounds, deadline and seed as they shall be recorded
  std::vector<PlannedCase> cases;  // costs resolved
  std::vector<SkippedCase> skipped;
  std::vector<Build> builds;
  std::string results;               // path of results.json; the journal lies beside it
  double budget_s = 0;               // 0: none; else no new block starts after it
  std::vector<std::string> command;  // as the user typed it
};

struct RunReport {
  ResultCounts counts;
  History history;
  int interrupted = 0;  // the signal that ended it early, or 0
  double wall_s = 0, timed_fraction = 0;
};

// Shows progress on standard error. Throws UsageError before anything is measured, OutputError where the
// journal or the results cannot be written (the journal is kept).
RunReport run_suite(const RunPlan& plan, const Catalogue& catalogue, const StopRule& stop_rule);

// What the run will take, seconds, by timing a few tasks of each shape on this thread; for --dry-run and the
// progress.
double expected_seconds(const RunPlan& plan, const StopRule& stop_rule);

}  // namespace breakeven
