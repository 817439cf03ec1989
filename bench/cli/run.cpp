// `breakeven run SUITE`.
#include <memory>

#include "bench/cli/experiment.h"

namespace breakeven {

Subcommand add_run(CLI::App& app, const Invocation& invocation) {
  auto name = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("run",
                         "Run a suite: every case in a process of its own, in random order, round after\n"
                         "round, paired with its baseline.\n\n"
                         "  breakeven run scaling --axis workers=1,2,4     another axis of workers\n"
                         "  breakeven run ipc-volume --filter 'fork_pool|openmp'   some cases only\n"
                         "  breakeven run default --dry-run      what would run, and for how long\n"
                         "  breakeven run --resume results/latest    go on with a run that was cut off");
  command->add_option("suite", *name, "a suite of `breakeven list`, or a JSON file of your own");
  const auto options = add_experiment_options(*command, true);
  return {command, [name, options, &invocation] {
            std::optional<Suite> suite;
            if (!name->empty()) suite = load_suite(*name);
            return run_experiment(suite, *options, invocation);
          }};
}

}  // namespace breakeven
