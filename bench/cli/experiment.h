// What `run` and `measure` share: from a suite to a finished run, its table and its exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/cli/commands.h"
#include "bench/run/run.h"

namespace breakeven {

struct ExperimentOptions {
  std::string out;     // path of results.json; empty: results/SUITE-TIME/results.json, and `latest`
  std::string filter;  // regular expression on case names; empty: all
  std::string only;    // file with case names; empty: all
  std::vector<std::string> axes;    // "workers=1,2,4"
  std::vector<std::string> builds;  // "NAME=PATH[,extra=5%]"; empty: this program
  std::vector<std::string> manifests;
  std::string budget;        // "60s"; empty: none
  std::string resume;        // folder of an earlier run to go on with; empty: a new run
  std::string precision;     // "2%"; empty: the suite's
  std::string seed, rounds;  // as typed; empty: the suite's
  bool counters = false;     // hardware counters, beside the suite's wish
  bool dry_run = false, quiet = false;
  unsigned baseline_rounds = 0;
};

// Adds the options that both commands have. `out_flag` names the one for the results' place.
void add_common_options(CLI::App& command, ExperimentOptions& options, const std::string& out_flag);

// Runs the suite, or goes on with the run that `options.resume` names, and prints the table. Returns the exit
// code.
int run_experiment(const std::optional<Suite>& suite, const ExperimentOptions& options,
                   const Invocation& invocation);

}  // namespace breakeven
