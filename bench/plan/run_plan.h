// Everything that a run is made of.
#pragma once

#include <string>
#include <vector>

#include "bench/plan/build.h"
#include "bench/plan/session.h"
#include "bench/plan/suite.h"

namespace breakeven {

struct RunPlan {      // NOLINT(bugprone-exception-escape): moving a Json does not throw
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
  Json context{};                       // of the result file: the machine, and what disturbs there
};

// The journal's path, beside results.json.
std::string journal_path(const RunPlan& plan);

// The journal of a run that left these results: journal.jsonl beside results.json, NAME.journal.jsonl beside NAME.json.
std::string journal_beside(const std::string& results);

// The journal that a person means by a run's folder, its results or the journal itself.
std::string journal_at(const std::string& place);

// Names the set of cases, so that results of different suites are never taken for each other's.
std::string suite_digest(const std::vector<PlannedCase>& cases);

// What the run will take, seconds, by timing a few tasks of each shape on this thread; for --dry-run.
double expected_seconds(const RunPlan& plan, const Catalogue& catalogue);

}  // namespace breakeven
