// What `run` and `measure` share: from a suite to a finished run, its table and its exit code.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/cli/commands.h"
#include "bench/run/run.h"

namespace breakeven {

struct ExperimentOptions;  // what the command line said

// Adds the options that both commands have, and those that only make sense where a suite is given.
std::shared_ptr<ExperimentOptions> add_experiment_options(CLI::App& command, bool of_a_suite);

const std::vector<std::string>& given_interpreters(const ExperimentOptions& options);  // of --interpreter

// Runs the suite, or goes on with the run that --resume names, and prints the table. Returns the exit code.
int run_experiment(const std::optional<Suite>& suite, const ExperimentOptions& options,
                   const Invocation& invocation);

}  // namespace breakeven
