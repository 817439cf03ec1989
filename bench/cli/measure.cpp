// `breakeven measure`: the user's own shape through every backend, as a ranked table.
#include <memory>

#include "backends/contract/error.h"
#include "bench/cli/experiment.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

struct Arguments {
  std::string workload = "compute", task, in = "0", back = "0", tasks = "1000", skew = "0";
  std::string workers = "cores";
  std::vector<std::string> backends = {"all"};
};

Suite suite_of(const Arguments& arguments) {
  const auto* workload = WorkloadRegistry::instance().find(arguments.workload);
  if (workload && workload->has_cost && arguments.task.empty()) {
    throw UsageError("--task is missing: say how long one task computes, for example --task 200us");
  }
  if (!arguments.task.empty() && arguments.task.find_first_not_of("0123456789.") == std::string::npos) {
    throw UsageError("--task " + arguments.task + ": say the unit, for example --task " + arguments.task +
                     "us");
  }
  Suite suite;
  suite.name = "measure";
  suite.description = "one shape through every backend";
  suite.rounds = 10;
  Grid grid;
  grid.where = "measure";
  grid.axes = {{"workload", {arguments.workload}}, {"payload", {arguments.in + ":" + arguments.back}},
               {"tasks", {arguments.tasks}},       {"skew", {arguments.skew}},
               {"workers", {arguments.workers}},   {"backend", arguments.backends},
               {"dispatch", {"submit", "map"}}};
  if (!arguments.task.empty()) grid.axes["cost"] = {arguments.task};
  grid.flags = {{"workload", "--workload"}, {"payload", "--in, --back"}, {"tasks", "--tasks"},
                {"skew", "--skew"},         {"workers", "--workers"},    {"backend", "--backend"},
                {"cost", "--task"}};
  suite.grids.push_back(grid);
  return suite;
}

}  // namespace

Subcommand add_measure(CLI::App& app, const Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand("measure",
                                     "Measure one shape, yours, through every backend, and rank them.\n\n"
                                     "  breakeven measure --task 200us --in 4KiB --back 64B --tasks 1000\n"
                                     "  breakeven measure --task 5us --tasks 100k --workers 4\n"
                                     "  breakeven measure --workload factorize --tasks 300");
  command->add_option("--task", arguments->task, "how long one task computes: 20us")->type_name("TIME");
  command->add_option("--in", arguments->in, "payload into each task: 4KiB (4K), 4KB is 4000")
      ->type_name("SIZE");
  command->add_option("--back", arguments->back, "payload out of each task: 64B")->type_name("SIZE");
  command->add_option("--tasks", arguments->tasks, "tasks in the job (1000)")->type_name("N");
  command->add_option("--workers", arguments->workers, "threads or processes (as many as cores)")
      ->type_name("N");
  command->add_option("--skew", arguments->skew, "0: equal tasks; 4: very uneven")->type_name("S");
  command->add_option("--workload", arguments->workload, "what a task computes (compute)")->type_name("NAME");
  command->add_option("--backend", arguments->backends, "backends to try (all)")->type_name("NAME");
  const auto options = add_experiment_options(*command, false);
  return {command, [arguments, options, &invocation] {
            return run_experiment(suite_of(*arguments), *options, invocation);
          }};
}

}  // namespace breakeven
