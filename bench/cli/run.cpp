// `breakeven run SUITE`.
#include <memory>

#include "backends/contract/error.h"
#include "bench/cli/experiment.h"

namespace breakeven {

Subcommand add_run(CLI::App& app, const Invocation& invocation) {
  struct Arguments : ExperimentOptions {
    std::string suite;
  };
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand(
      "run",
      "Run a suite: every case in a process of its own, in random order, round after round, paired with its\n"
      "baseline. Writes journal.jsonl while it runs and results.json at the end.\n\n"
      "  breakeven run article                                the 300 factorisations through every backend\n"
      "  breakeven run scaling --axis workers=1,2,4           another worker axis\n"
      "  breakeven run ipc-volume --filter 'fork_pool|openmp' some cases only\n"
      "  breakeven run --resume results/latest                go on with a run that was cut off\n"
      "  breakeven run default --dry-run                      what would run, and for how long");
  command->add_option(
      "suite", arguments->suite,
      "a suite of `breakeven list`, or a JSON file of your own; may be left out with --resume");
  command->add_option("--filter", arguments->filter, "only cases whose name matches this regular expression");
  command->add_option(
      "--axis", arguments->axes,
      "NAME=VALUE[,VALUE...]: replace an axis of the suite; names are those of the case's fields");
  command->add_option("--only", arguments->only, "only the cases whose names stand in this file, one a line");
  command->add_option(
      "--resume", arguments->resume,
      "go on with the run in this folder: same seed, order and programs; what it measured is kept. Programs\n"
      "other than this one are given again by --build; without --budget the run goes on to its end");
  add_common_options(*command, *arguments, "--out");
  return {command, [arguments, &invocation] {
            if (arguments->suite.empty() && arguments->resume.empty()) {
              throw UsageError("a suite is missing: breakeven run SUITE; `breakeven list` names them");
            }
            std::optional<Suite> suite;
            if (!arguments->suite.empty()) suite = load_suite(arguments->suite);
            return run_experiment(suite, *arguments, invocation);
          }};
}

}  // namespace breakeven
