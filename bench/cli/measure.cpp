// `breakeven measure`: the user's own shape through every backend, as a ranked table.
#include <memory>

#include "backends/contract/error.h"
#include "bench/cli/experiment.h"
#include "bench/text/output.h"
#include "bench/text/units.h"
#include "bench/workloads/commands.h"

namespace breakeven {
namespace {

struct Arguments {
  std::string workload = "compute", task, in = "0", back = "0", tasks, skew = "0";
  std::string workers;
  std::vector<std::string> backends;
  std::string function, inputs;    // in Python: module:name
  std::string each;                // a command of the shell
  std::vector<std::string> words;  // for each of which it runs
};

constexpr const char* kPythonsPools[] = {"py_thread_pool", "py_process_pool", "py_mp_pool"};

// Of a function in Python: its name is the workload's, and what it takes is what its inputs are.
void ask_python(const Arguments& arguments, Grid& grid) {
  if (arguments.function.find(':') == std::string::npos)
    throw UsageError("--python " + arguments.function + ": write MODULE:FUNCTION");
  grid.axes["workload"] = {"python/" + arguments.function +
                           (arguments.inputs.empty() ? "" : "@" + arguments.inputs)};
  grid.ceiling = false;
  for (const char* axis : {"payload", "skew", "cost"}) grid.axes.erase(axis);
  if (arguments.tasks.empty()) grid.axes.erase("tasks");
  if (arguments.backends.empty()) grid.axes["backend"] = {std::begin(kPythonsPools), std::end(kPythonsPools)};
}

// Of a command for each of some words: what they are goes into a file, which names the workload. Threads wait for the
// commands, whose processes do the work: so only how many run at one time is asked.
void ask_commands(const Arguments& arguments, Grid& grid) {
  const CommandList list{arguments.each, arguments.words};
  const auto place = std::string("results/commands/") + name_of(list);
  make_folder("results/commands");
  AtomicFile file(place);
  file.write(to_text(list));
  file.commit();
  grid.axes["workload"] = {kCommandPrefix + place};
  grid.axes["tasks"] = {std::to_string(list.words.size())};
  grid.axes["chunk"] = {"1"};
  grid.axes["dispatch"] = {"map"};
  if (arguments.backends.empty()) grid.axes["backend"] = {"thread_pool"};
  if (arguments.workers.empty()) grid.axes["workers"] = {"doubling"};
  grid.ceiling = false;
  for (const char* axis : {"payload", "skew", "cost"}) grid.axes.erase(axis);
}

void refuse_mixtures(const Arguments& arguments) {
  const bool python = !arguments.function.empty(), commands = !arguments.each.empty();
  if (python && commands) throw UsageError("give either --python or --each");
  if (!python && !arguments.inputs.empty()) throw UsageError("--inputs goes with --python MODULE:FUNCTION");
  if ((python || commands) && !arguments.task.empty())
    throw UsageError(std::string("--task is what ") + (python ? "--python" : "--each") +
                     " measures itself: leave it out");
  if (commands && arguments.words.empty())
    throw UsageError("--each " + arguments.each +
                     ": for which files? name them behind it: --each 'gzip -k {}' *.log");
  if (!commands && !arguments.words.empty())
    throw UsageError(arguments.words.front() + ": files go with --each COMMAND");
}

Suite suite_of(Arguments arguments) {
  refuse_mixtures(arguments);
  const bool python = !arguments.function.empty();
  const auto* workload = WorkloadRegistry::instance().find(arguments.workload);
  const bool commands = !arguments.each.empty();
  if (!python && !commands && workload && workload->has_cost && arguments.task.empty()) {
    throw UsageError("--task is missing: say how long one task computes, for example --task 200us");
  }
  if (!arguments.task.empty() && arguments.task.find_first_not_of("0123456789.") == std::string::npos) {
    throw UsageError("--task " + arguments.task + ": say the unit, for example --task " + arguments.task +
                     "us");
  }
  if (!python && arguments.tasks.empty()) arguments.tasks = "1000";
  Suite suite;
  suite.name = "measure";
  suite.description = "one shape through every backend";
  suite.rounds = 60;
  suite.precision = 0.05;
  suite.budget_s = 60;
  suite.drop_losers = true;
  Grid grid;
  grid.where = "measure";
  grid.axes = {{"workload", {arguments.workload}},
               {"payload", {arguments.in + ":" + arguments.back}},
               {"tasks", {arguments.tasks}},
               {"skew", {arguments.skew}},
               {"workers", {arguments.workers.empty() ? "cores" : arguments.workers}},
               {"backend", arguments.backends.empty() ? std::vector<std::string>{"all"} : arguments.backends},
               {"dispatch", {"submit", "map"}}};
  if (!arguments.task.empty()) grid.axes["cost"] = {arguments.task};
  grid.flags = {{"workload", "--workload"}, {"payload", "--in, --back"}, {"tasks", "--tasks"},
                {"skew", "--skew"},         {"workers", "--workers"},    {"backend", "--backend"},
                {"cost", "--task"}};
  if (python) ask_python(arguments, grid);
  if (commands) ask_commands(arguments, grid);
  suite.grids.push_back(grid);
  return suite;
}

}  // namespace

Subcommand add_measure(CLI::App& app, const Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand("measure",
                                     "Measure one shape, yours, through every backend, and rank them: for a\n"
                                     "minute at most, or until each is known to 5 %; what plainly loses is\n"
                                     "dropped on the way (--budget, --precision, --rounds).\n\n"
                                     "  breakeven measure --task 200us --in 4KiB --back 64B --tasks 1000\n"
                                     "  breakeven measure --workload factorize --tasks 300\n"
                                     "  breakeven measure --python images:resize --inputs images:files\n"
                                     "  breakeven measure --each 'gzip -kf {}' *.log");
  command->add_option("--task", arguments->task, "how long one task computes: 20us")->type_name("TIME");
  command->add_option("--in", arguments->in, "payload into each task: 4KiB (4K), 4KB is 4000")
      ->type_name("SIZE");
  command->add_option("--back", arguments->back, "payload out of each task: 64B")->type_name("SIZE");
  command->add_option("--tasks", arguments->tasks, "tasks in the job (1000)")->type_name("N");
  command->add_option("--workers", arguments->workers, "threads or processes (as many as cores)")
      ->type_name("N");
  command->add_option("--skew", arguments->skew, "0: equal tasks; 4: very uneven")->type_name("S");
  command->add_option("--python", arguments->function, "MODULE:FUNCTION of yours, of one input each")
      ->type_name("NAME");
  command->add_option("--inputs", arguments->inputs, "MODULE:LIST, or what makes it (MODULE:inputs)")
      ->type_name("NAME");
  command->add_option("--each", arguments->each, "a command for each of the FILES behind it, {} is one")
      ->type_name("COMMAND");
  command->add_option("files", arguments->words)->group("");
  command->add_option("--workload", arguments->workload, "what a task computes (compute)")->type_name("NAME");
  command->add_option("--backend", arguments->backends, "backends to try (all)")->type_name("NAME");
  const auto options = add_experiment_options(*command, false);
  return {command, [arguments, options, &invocation] {
            return run_experiment(suite_of(*arguments), *options, invocation);
          }};
}

}  // namespace breakeven
