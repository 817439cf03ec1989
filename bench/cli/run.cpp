// `breakeven run SUITE`.
#include <memory>

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
      "  breakeven run default --dry-run                      what would run, and for how long");
  command->add_option("suite", arguments->suite, "a suite of `breakeven list`, or a JSON file of your own")
      ->required();
  command->add_option("--filter", arguments->filter, "only cases whose name matches this regular expression");
  command->add_option(
      "--axis", arguments->axes,
      "NAME=VALUE[,VALUE...]: replace an axis of the suite; names are those of the case's fields");
  command->add_option("--only", arguments->only, "only the cases whose names stand in this file, one a line");
  add_common_options(*command, *arguments, "--out");
  return {command, [arguments, &invocation] {
            return run_experiment(load_suite(arguments->suite), *arguments, invocation);
          }};
}

}  // namespace breakeven
