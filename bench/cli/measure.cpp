// `breakeven measure`: the user's own shape through every backend, as a ranked table.
#include <memory>

#include "backends/contract/error.h"
#include "bench/cli/experiment.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

struct Arguments : ExperimentOptions {
  std::string workload = "compute", task, in = "0", out_payload = "0", tasks = "1000", skew = "0";
  std::string workers = "cores";
  std::vector<std::string> backends = {"all"};
};

Suite suite_of(const Arguments& arguments) {
  const auto* workload = WorkloadRegistry::instance().find(arguments.workload);
  if (workload && workload->has_cost && arguments.task.empty()) {
    throw UsageError("--task is missing: say how long one task computes, for example --task 200us");
  }
  Suite suite;
  suite.name = "measure";
  suite.description = "one shape through every backend";
  suite.rounds = 10;
  Grid grid;
  grid.where = "measure";
  grid.axes = {{"workload", {arguments.workload}}, {"payload", {arguments.in + ":" + arguments.out_payload}},
               {"tasks", {arguments.tasks}},       {"skew", {arguments.skew}},
               {"workers", {arguments.workers}},   {"backend", arguments.backends},
               {"dispatch", {"submit", "map"}}};
  if (!arguments.task.empty()) grid.axes["cost"] = {arguments.task};
  grid.flags = {{"workload", "--workload"}, {"payload", "--in, --out"}, {"tasks", "--tasks"},
                {"skew", "--skew"},         {"workers", "--workers"},   {"backend", "--backend"},
                {"cost", "--task"}};
  suite.grids.push_back(grid);
  return suite;
}

}  // namespace

Subcommand add_measure(CLI::App& app, const Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand("measure",
                                     "Measure one shape, yours, through every backend, and rank them.\n\n"
                                     "  breakeven measure --task 200us --in 4KiB --out 64B --tasks 1000\n"
                                     "  breakeven measure --task 5us --tasks 100k --workers 4\n"
                                     "  breakeven measure --workload factorize --tasks 300");
  command->add_option("--task", arguments->task,
                      "time of one task's computing (20us), or its cost in kernel units");
  command->add_option("--in", arguments->in, "payload into each task, for example 4KiB")
      ->capture_default_str();
  command->add_option("--out", arguments->out_payload, "payload out of each task, for example 64B")
      ->capture_default_str();
  command->add_option("--tasks", arguments->tasks, "tasks in the job")->capture_default_str();
  command->add_option("--workers", arguments->workers, "threads or processes")->capture_default_str();
  command->add_option("--skew", arguments->skew, "0: equal tasks; 4: very uneven")->capture_default_str();
  command->add_option("--workload", arguments->workload, "what a task computes")->capture_default_str();
  command->add_option("--backend", arguments->backends, "backends to try")->capture_default_str();
  add_common_options(*command, *arguments, "--results");
  return {command,
          [arguments, &invocation] { return run_experiment(suite_of(*arguments), *arguments, invocation); }};
}

}  // namespace breakeven
