// Everything that a run is made of, and its place in the journal's header, from which it can be taken up
// again.
#pragma once

#include <string>
#include <vector>

#include "bench/sampler.h"
#include "bench/session.h"
#include "bench/suite.h"

namespace breakeven {

struct RunPlan {
  std::string suite;  // its name
  std::uint64_t seed = 1;
  double deadline_s = 60;          // of one sample
  std::vector<PlannedCase> cases;  // costs resolved
  std::vector<SkippedCase> skipped;
  std::vector<Build> builds;
  Session session;
  unsigned baseline_rounds = 0;         // measure baselines in so many rounds only; 0: in all
  bool counters = false;                // ask for hardware counters
  std::vector<SetAsideRule> set_aside;  // of samples, by their covariates
  double budget_s = 0;                  // 0: none; else no new block starts after it
  std::string results;                  // path of results.json; the journal lies beside it
  std::vector<std::string> command;     // as the user typed it
  bool resume = false;                  // go on with the journal that is there
  bool quiet = false;                   // no progress
};

// The journal's path, beside results.json.
std::string journal_path(const RunPlan& plan);

// The journal's first line: the context of the result file, the skipped cases, and the plan itself.
Json journal_header(const RunPlan& plan);

// The plan of an earlier run, from its folder, with the last session's rounds, precision and cases. A journal
// may come from anywhere, so it never says what to run: a build is the program of that name in `given`, or
// else `running`, the path of this one. Throws UsageError where there is no such run, or where a build's
// program is not the one that was measured then.
RunPlan plan_of_journal(const std::string& folder, const std::string& running,
                        const std::vector<Build>& given = {});

// Names the set of cases, so that results of different suites are never taken for each other's.
std::string suite_digest(const std::vector<PlannedCase>& cases);

}  // namespace breakeven
