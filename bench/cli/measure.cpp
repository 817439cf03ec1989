// `breakeven measure`: the user's own shape through every backend, as a ranked table.
#include <algorithm>
#include <cmath>
#include <memory>

#include "backends/contract/error.h"
#include "bench/cli/experiment.h"
#include "bench/cli/interpreters.h"
#include "bench/text/json_reader.h"
#include "bench/text/output.h"
#include "bench/text/units.h"
#include "bench/workloads/commands.h"
#include "bench/workloads/job_file.h"
#include "bench/workloads/replay.h"
#include "bench/workloads/traffic.h"

namespace breakeven {
namespace {

struct Arguments {
  std::string workload = "compute", task, in = "0", back = "0", tasks, skew = "0";
  std::string workers;
  std::vector<std::string> backends;
  std::string function, inputs;           // in Python: module:name
  std::string each;                       // a command of the shell
  std::vector<std::string> words;         // for each of which it runs
  std::string profile;                    // a file of `breakeven record`
  std::vector<std::string> interpreters;  // of --interpreter; empty: those on PATH
};

constexpr std::size_t kMostReplayed = 1000'000;          // tasks of a recorded loop: their payload has to fit
constexpr double kWordsOfAByte = Traffic::kBlock / 8.0;  // for each block of steps, of a byte a step
constexpr double kLongestReplayed = 1e12;                // ns

// Of what only the cell of Python can run: it says itself how many tasks there are, and what they carry.
void ask_pythons_cell(const std::string& workload, const Arguments& arguments, Grid& grid) {
  grid.axes["workload"] = {"python/" + workload};
  grid.ceiling = false;
  for (const char* axis : {"payload", "skew", "cost"}) grid.axes.erase(axis);
  if (arguments.tasks.empty()) grid.axes.erase("tasks");
  if (arguments.backends.empty()) grid.axes["backend"] = pythons_pools(arguments.interpreters);
}

void ask_python(const Arguments& arguments, Grid& grid) {
  if (arguments.function.find(':') == std::string::npos)
    throw UsageError("--python " + arguments.function + ": write MODULE:FUNCTION");
  const auto inputs = arguments.inputs.empty() ? "" : "@" + arguments.inputs;
  ask_pythons_cell(arguments.function + inputs, arguments, grid);
}

// Writes what describes a job, and returns its path.
std::string kept(const std::string& folder, const std::string& name, const std::string& content) {
  make_folder(folder);
  auto place = folder + "/" + name;
  AtomicFile file(place);
  file.write(content);
  file.commit();
  return place;
}

// Of a command for each of some words: what they are goes into a file, which names the workload. Threads wait for the
// commands, whose processes do the work: so only how many run at one time is asked.
void ask_commands(const Arguments& arguments, Grid& grid) {
  const CommandList list{arguments.each, arguments.words};
  grid.axes["workload"] = {kCommandPrefix + kept("results/commands", name_of(list), to_text(list))};
  grid.axes["tasks"] = {std::to_string(list.words.size())};
  grid.axes["chunk"] = {"1"};
  grid.axes["dispatch"] = {"map"};
  if (arguments.backends.empty()) grid.axes["backend"] = {"thread_pool"};
  if (arguments.workers.empty()) grid.axes["workers"] = {"doubling"};
  grid.ceiling = false;
  for (const char* axis : {"payload", "skew", "cost"}) grid.axes.erase(axis);
}

// Of a recorded loop: tasks of its times, and of the bytes that they carried in the mean.
void ask_profile(const Arguments& arguments, Grid& grid) {
  const auto data = parse_json(read_text_file(arguments.profile), arguments.profile);
  if (!data.is_object() || !data.contains("breakeven_profile"))
    throw UsageError(arguments.profile + ": is no profile; `breakeven record COMMAND` writes one");
  JsonReader reader(data, arguments.profile + ":");
  reader.integer_within("breakeven_profile", 1, 1);
  if (reader.string("language") == "python")
    return ask_pythons_cell("replay/" + arguments.profile, arguments, grid);
  Replay replay;
  for (const double ns : reader.numbers("task_ns")) {
    if (replay.task_ns.size() == kMostReplayed) break;
    replay.task_ns.push_back(static_cast<std::uint64_t>(std::clamp(ns, 0.0, kLongestReplayed)));
  }
  double in = 0, out = 0, sized = 0;
  for (const auto& one : reader.raw("sizes")) {
    if (!one.is_array() || one.size() != 3 || !one[1].is_number() || !one[2].is_number())
      reader.fail("sizes", "must hold three numbers for each task");
    in += one[1].get<double>(), out += one[2].get<double>(), ++sized;
  }
  if (sized > 0)
    replay.in_bytes = static_cast<std::size_t>(in / sized),
    replay.out_bytes = static_cast<std::size_t>(out / sized);
  if (const auto* memory = reader.find("memory"))
    replay.words = static_cast<std::size_t>(
        std::round(JsonReader(*memory, reader.path("memory")).number("step_bytes") * kWordsOfAByte));
  if (replay.task_ns.empty()) reader.fail("task_ns", "holds no task");
  const auto text = to_text(replay);
  grid.axes["workload"] = {kReplayPrefix +
                           kept("results/replays", job_file_name(reader.string("site"), text), text)};
  auto tasks = replay.task_ns.size();
  if (arguments.tasks.empty()) {
    grid.axes["tasks"] = {std::to_string(tasks)};
  } else {
    tasks = parse_count(arguments.tasks);
  }
  const auto mean = std::max(1.0, std::round(mean_ns(replay, tasks)));
  grid.axes["cost"] = {std::to_string(static_cast<std::uint64_t>(mean)) + "ns"};
  for (const char* axis : {"payload", "skew"}) grid.axes.erase(axis);
}

void refuse_mixtures(const Arguments& arguments) {
  const bool python = !arguments.function.empty(), commands = !arguments.each.empty();
  const bool profile = !arguments.profile.empty();
  if (python + commands + profile > 1) throw UsageError("give one of --python, --each and --profile");
  if (!python && !arguments.inputs.empty()) throw UsageError("--inputs goes with --python MODULE:FUNCTION");
  if ((python || commands || profile) && !arguments.task.empty())
    throw UsageError(std::string("--task is what ") +
                     (python     ? "--python"
                      : commands ? "--each"
                                 : "--profile") +
                     " says itself: leave it out");
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
  const bool commands = !arguments.each.empty(), profile = !arguments.profile.empty();
  if (!python && !commands && !profile && workload && workload->has_cost && arguments.task.empty()) {
    throw UsageError("--task is missing: say how long one task computes, for example --task 200us");
  }
  if (!arguments.task.empty() && arguments.task.find_first_not_of("0123456789.") == std::string::npos) {
    throw UsageError("--task " + arguments.task + ": say the unit, for example --task " + arguments.task +
                     "us");
  }
  if (!python && !profile && arguments.tasks.empty()) arguments.tasks = "1000";
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
               {"tasks", {arguments.tasks}},  // empty: as many as there are
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
  if (profile) ask_profile(arguments, grid);
  suite.grids.push_back(grid);
  return suite;
}

}  // namespace

Subcommand add_measure(CLI::App& app, const Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand("measure",
                                     "Measure a shape of yours through every backend, ranked: for a minute\n"
                                     "at most, or until each is known to 5 %; what plainly loses is dropped\n"
                                     "on the way (--budget, --precision, --rounds).\n\n"
                                     "  breakeven measure --task 200us --in 4KiB --back 64B --tasks 1000\n"
                                     "  breakeven measure --python images:resize --inputs images:files\n"
                                     "  breakeven measure --each 'gzip -kf {}' *.log\n"
                                     "  breakeven measure --profile resize.profile.json");
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
  command->add_option("--profile", arguments->profile, "tasks as `breakeven record` found them")
      ->type_name("FILE");
  command->add_option("files", arguments->words)->group("");
  command->add_option("--workload", arguments->workload, "what a task computes (compute)")->type_name("NAME");
  command->add_option("--backend", arguments->backends, "backends to try (all)")->type_name("NAME");
  const auto options = add_experiment_options(*command, false);
  return {command, [arguments, options, &invocation] {
            arguments->interpreters = given_interpreters(*options);
            return run_experiment(suite_of(*arguments), *options, invocation);
          }};
}

}  // namespace breakeven
