// What every backend must do, for each that is registered and each of its variants, naming none.
//
// A test's parameter is a backend variant, a dispatch and a number of workers; what the backend says it does
// not support has no tests, and Registry.* below sees to it that something is left and that a reason is
// given. Under ThreadSanitizer, leave out the tests with "openmp" in their name: its runtime is not
// instrumented, so every region looks like a race.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <thread>

#include "backends/backend.h"
#include "bench/own_function.h"
#include "tests/cpp/example_backend.cpp"  // the one that backends/README.md walks through
#include "tests/cpp/leftovers.h"
#include "tests/cpp/test_workloads.h"

namespace breakeven {
namespace {

using test::Echo;
using test::Leftovers;
using test::Nothing;
using test::Overlong;
using test::PayloadSizes;

struct Combination {
  const BackendFactory* backend;
  Options options;
  Dispatch dispatch;
  unsigned workers;
};

std::string text_of(const Combination& combination) {
  const auto& [backend, options, dispatch, workers] = combination;
  return canonical_name(backend->name, options, backend->options) +
         (dispatch == Dispatch::kSubmit ? " submit w" : " map w") + std::to_string(workers);
}

std::string name_of(const testing::TestParamInfo<Combination>& info) {
  std::string name = text_of(info.param);
  std::ranges::replace_if(
      name, [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

void PrintTo(const Combination& combination, std::ostream* out) { *out << text_of(combination); }

Setup setup_of(const Combination& combination, std::size_t tasks, std::size_t chunk = 0) {
  Setup setup;
  setup.shape.tasks = tasks;
  setup.workers = combination.workers;
  setup.dispatch = combination.dispatch;
  setup.chunk = chunk;
  setup.options = combination.options;
  return setup;
}

std::vector<Combination> every_combination() {
  std::vector<Combination> all;
  for (const auto& backend : BackendRegistry::instance().all()) {
    for (const auto& variant : backend.variants) {
      const auto options = parse_options(backend.name, variant, backend.options);
      for (const Dispatch dispatch : {Dispatch::kSubmit, Dispatch::kMap}) {
        for (const unsigned workers : {1U, 2U, 4U}) all.push_back({&backend, options, dispatch, workers});
      }
    }
  }
  return all;
}

// Those that can be run with this chunk (0: the backend's own default).
std::vector<Combination> supported_combinations(std::size_t chunk = 0) {
  auto some = every_combination();
  std::erase_if(some, [chunk](const Combination& combination) {
    const bool meaningless = chunk != 0 && combination.dispatch != Dispatch::kMap;
    return meaningless || combination.backend->unsupported(setup_of(combination, 100, chunk));
  });
  return some;
}

// Two cores whatever the machine has, so that four workers are always more than cores.
void use_two_cores() {
  cpu_set_t mine, two;
  CPU_ZERO(&two);
  ASSERT_EQ(::sched_getaffinity(0, sizeof mine, &mine), 0);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&two) < 2; ++cpu) {
    if (CPU_ISSET(cpu, &mine)) CPU_SET(cpu, &two);
  }
  ASSERT_EQ(::sched_setaffinity(0, sizeof two, &two), 0);
}

class Conformance : public testing::TestWithParam<Combination> {
 protected:
  void SetUp() override { use_two_cores(); }

  // Every test is also one of: no thread, child, zombie, descriptor or shared memory outlives the backend.
  void TearDown() override { EXPECT_EQ(Leftovers::that_stay_since(before_), ""); }

  std::unique_ptr<Backend> make(const Workload& workload, std::size_t tasks, std::size_t chunk = 0) const {
    return GetParam().backend->make(Plan{setup_of(GetParam(), tasks, chunk), workload});
  }

  std::unique_ptr<Backend> started(const Workload& workload, std::size_t tasks, std::size_t chunk = 0) const {
    auto backend = make(workload, tasks, chunk);
    backend->start();
    return backend;
  }

  Job make_job(const Workload& workload, std::size_t tasks) const {
    const auto memory = GetParam().backend->traits(setup_of(GetParam(), tasks)).payload;
    return Job(workload, tasks, GetParam().workers, memory);
  }

  unsigned workers() const { return GetParam().workers; }

 private:
  // ThreadSanitizer starts a thread of its own with the first one: it is not the backend's.
  static Leftovers after_a_first_thread() {
    std::thread([] {}).join();
    return Leftovers();
  }

  Leftovers before_ = after_a_first_thread();
};

std::uint32_t serial_digest(const Workload& workload, std::size_t tasks, const Workload& source) {
  Job job(workload, tasks, 1, Memory::kPrivate);
  job.fill(source);
  job.poison();
  job.execute(0, 0, tasks);
  return job.digest();
}

// Runs the job once, every task with success, and compares it with a serial run on inputs from `source`.
void expect_right(Backend& backend, Job& job, const Workload& workload, const Workload& source) {
  job.fill(source);
  job.poison();
  job.reset_tally();
  const Outcome outcome = backend.run(job);
  EXPECT_TRUE(outcome.losses.empty());
  EXPECT_EQ(job.tally_error(1).value_or("exact"), "exact");
  EXPECT_EQ(job.failure_count(), 0U);
  EXPECT_EQ(job.digest(), serial_digest(workload, job.size(), source));
}

void expect_right(Backend& backend, Job& job, const Workload& workload) {
  expect_right(backend, job, workload, workload);
}

TEST_P(Conformance, RunsZeroTasks) {
  const Echo echo;
  auto job = make_job(echo, 0);
  expect_right(*started(echo, 0), job, echo);
}

TEST_P(Conformance, NamesEveryWorkerThatCanBeBound) {
  const auto traits = GetParam().backend->traits(setup_of(GetParam(), 1));
  if (!traits.binds) GTEST_SKIP() << "its workers do not live as long as the pool";
  const Echo echo;
  std::set<pid_t> ids;
  for (const auto& worker : started(echo, 1)->workers()) ids.insert(worker.id);
  const bool only_the_caller = workers() == 1 && !traits.processes;
  EXPECT_EQ(ids.size(), only_the_caller ? 0 : workers() - (traits.caller_works ? 1 : 0));
}

TEST_P(Conformance, RunsOneTask) {
  const Echo echo;
  auto job = make_job(echo, 1);
  expect_right(*started(echo, 1), job, echo);
}

TEST_P(Conformance, RunsAnyNumberOfTasksAroundThatOfWorkers) {
  const Echo echo;
  for (std::size_t tasks = 2; tasks <= workers() + 1; ++tasks) {
    auto job = make_job(echo, tasks);
    expect_right(*started(echo, tasks), job, echo);
  }
}

TEST_P(Conformance, ResultsStandInTaskOrder) {
  constexpr std::size_t kTasks = 1000;
  const Echo echo({.in = 24, .out = 40});
  auto job = make_job(echo, kTasks);
  expect_right(*started(echo, kTasks), job, echo);
  for (std::size_t task = 0; task < kTasks; ++task) {
    ASSERT_EQ(job.output_bytes(task), echo.output_capacity());
    ASSERT_EQ(load<std::uint64_t>(job.output(task)), task);
  }
}

using ConformanceOfMap = Conformance;

TEST_P(ConformanceOfMap, RunsChunksOfAnySize) {
  constexpr std::size_t kTasks = 103;
  for (const std::size_t chunk : {1UL, 2UL, 7UL, 102UL, 103UL, 104UL, 1000UL}) {
    SCOPED_TRACE(chunk);
    const Echo echo;
    auto job = make_job(echo, kTasks);
    expect_right(*started(echo, kTasks, chunk), job, echo);
  }
}

TEST_P(Conformance, CarriesNoPayload) {
  constexpr std::size_t kTasks = 50;
  for (const PayloadSizes sizes : {PayloadSizes{0, 0}, {0, 100}, {100, 0}}) {
    const Echo echo(sizes);
    auto job = make_job(echo, kTasks);
    expect_right(*started(echo, kTasks), job, echo);
  }
}

TEST_P(Conformance, CarriesPayloadBeyondAnyPipe) {
  constexpr std::size_t kTasks = 3, kBytes = std::size_t{4} << 20;
  const Echo echo({.in = kBytes, .out = kBytes});
  auto job = make_job(echo, kTasks);
  expect_right(*started(echo, kTasks), job, echo);
}

#ifdef __SANITIZE_THREAD__
constexpr std::size_t kManyTasks =
    1'000;  // the sanitizer ends a process with 8128 threads, living or not yet joined
#else
constexpr std::size_t kManyTasks = 10'000;
#endif

TEST_P(Conformance, RunsManyEmptyTasks) {
  const Nothing nothing;
  auto job = make_job(nothing, kManyTasks);
  expect_right(*started(nothing, kManyTasks), job, nothing);
}

TEST_P(Conformance, AThrowingTaskFailsAlone) {
  constexpr std::size_t kTasks = 40;
  const Echo throwing({}, 1, {0, 17, kTasks - 1});
  const auto backend = started(throwing, kTasks);
  auto job = make_job(throwing, kTasks);
  job.fill();
  job.poison();
  EXPECT_TRUE(backend->run(job).losses.empty());
  EXPECT_EQ(job.tally_error(1).value_or("exact"), "exact");
  EXPECT_EQ(job.digest(), serial_digest(throwing, kTasks, throwing));
  const auto failures = job.failures();
  ASSERT_EQ(failures.size(), 3U);
  EXPECT_EQ(job.failure_count(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t task = std::array{std::size_t{0}, std::size_t{17}, kTasks - 1}[i];
    EXPECT_EQ(failures[i].task, task);
    EXPECT_EQ(failures[i].message, Echo::message(task));
    EXPECT_EQ(job.output_bytes(task), 0U);
  }
  EXPECT_EQ(load<std::uint64_t>(job.output(16)), 16U);
  EXPECT_EQ(job.output_bytes(16), throwing.output_capacity());
}

TEST_P(Conformance, ATaskThatWritesMoreThanItsOutputHoldsFails) {
  constexpr std::size_t kTasks = 5;
  for (const std::size_t claimed : {std::size_t{12}, std::size_t{1} << 40}) {
    const Overlong overlong(claimed);
    auto job = make_job(overlong, kTasks);
    job.fill();
    job.poison();
    EXPECT_TRUE(started(overlong, kTasks)->run(job).losses.empty());
    EXPECT_EQ(job.tally_error(1).value_or("exact"), "exact");
    EXPECT_EQ(job.failure_count(), kTasks);
    for (const auto& failure : job.failures()) {
      EXPECT_EQ(failure.message, "wrote " + std::to_string(claimed) + " bytes into an output of 8");
      EXPECT_EQ(job.output_bytes(failure.task), 0U);
    }
  }
}

// A transport that in truth reads memory inherited at start() would find the old inputs.
TEST_P(Conformance, TakesInputsWrittenAfterStart) {
  constexpr std::size_t kTasks = 20;
  const Echo first({.in = 5000, .out = 5000}, 1), second({.in = 5000, .out = 5000}, 2);
  auto job = make_job(first, kTasks);
  job.fill(first);
  const auto backend = started(first, kTasks);
  expect_right(*backend, job, first, second);
  EXPECT_NE(job.digest(), serial_digest(first, kTasks, first));
}

// --- tasks as objects ---

using Lines = std::vector<std::string>;
using Lengths = std::map<std::string, std::optional<std::size_t>>;

// Few short lines, many, none; every seventh task has one of 200 KiB.
Lines lines_of(std::size_t task) {
  Lines lines(task * 13 % 30, std::string(task % 50, 'a'));
  if (task % 7 == 3) lines.emplace_back(200 << 10, 'b');
  return lines;
}

Lengths lengths(const Lines& lines) {
  Lengths found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].size() == 13) throw std::invalid_argument("13 letters");
    found[std::to_string(i)] = lines[i].empty() ? std::nullopt : std::optional(lines[i].size());
  }
  return found;
}

template <class In, class Out>
own::ObjectWorkload<In, Out> of_objects(std::size_t tasks, In (*make)(std::size_t), Out (*run)(const In&)) {
  return {{[make](std::size_t task, std::uint64_t) { return make(task); }, run, {}}, Shape{.tasks = tasks}};
}

TEST_P(Conformance, ObjectsOfAnySizeComeBackWhole) {
  constexpr std::size_t kTasks = 13;  // of which the last has lines of twelve letters
  const auto workload = of_objects<Lines, Lengths>(kTasks, lines_of, lengths);
  auto job = make_job(workload, kTasks);
  expect_right(*started(workload, kTasks), job, workload);
}

TEST_P(Conformance, AFunctionOfObjectsThatThrowsFailsThatTaskAlone) {
  constexpr std::size_t kTasks = 40;
  const auto workload = of_objects<Lines, Lengths>(kTasks, lines_of, lengths);
  const auto backend = started(workload, kTasks);
  auto job = make_job(workload, kTasks);
  job.poison();
  EXPECT_TRUE(backend->run(job).losses.empty());
  EXPECT_EQ(job.tally_error(1).value_or("exact"), "exact");
  EXPECT_EQ(job.digest(), serial_digest(workload, kTasks, workload));
  ASSERT_EQ(job.failures().size(), 1U);
  EXPECT_EQ(job.failures().front().task, 13U);
  EXPECT_EQ(job.failures().front().message, "13 letters");
}

struct Counted {
  std::uint64_t value = 0;
};
std::atomic<unsigned> serialised_here = 0;
void breakeven_write(Writer& writer, const Counted& counted) {
  ++serialised_here;
  writer(counted.value);
}
void breakeven_read(Reader& reader, Counted& counted) {
  ++serialised_here;
  reader(counted.value);
}

TEST_P(Conformance, NothingIsSerialisedWhereNoAddressSpaceIsCrossed) {
  constexpr std::size_t kTasks = 50;
  const auto workload = of_objects<Counted, Counted>(
      kTasks, [](std::size_t task) { return Counted{task}; },
      [](const Counted& counted) { return Counted{counted.value * counted.value}; });
  const auto backend = started(workload, kTasks);
  auto job = make_job(workload, kTasks);
  serialised_here = 0;
  backend->run(job);
  const auto traits = GetParam().backend->traits(setup_of(GetParam(), kTasks));
  if (traits.processes) {
    EXPECT_GT(serialised_here, 0U);
  } else {
    EXPECT_EQ(serialised_here, 0U);
  }
}

TEST_P(Conformance, RunsManyJobsOnOnePool) {
  constexpr std::size_t kTasks = 30, kRuns = 10;
  const Echo echo;
  const auto backend = started(echo, kTasks);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    auto job = make_job(echo, kTasks);
    expect_right(*backend, job, echo, Echo({}, seed));
    job.reset_tally();
    for (std::size_t run = 0; run < kRuns; ++run) backend->run(job);  // back to back, as they are timed
    EXPECT_EQ(job.tally_error(kRuns).value_or("exact"), "exact");
  }
}

TEST_P(Conformance, StartsAndStopsRepeatedly) {
  constexpr std::size_t kTasks = 12;
  const Echo echo;
  auto job = make_job(echo, kTasks);
  for (int i = 0; i < 5; ++i) expect_right(*started(echo, kTasks), job, echo);
}

TEST_P(Conformance, StopsWithoutHavingRun) {
  const Echo echo;
  make(echo, 5);
  started(echo, 5);
}

TEST_P(Conformance, NamesItsLivingWorkers) {
  constexpr std::size_t kTasks = 10;
  const Echo echo;
  auto job = make_job(echo, kTasks);
  const auto backend = started(echo, kTasks);
  expect_right(*backend, job, echo);
  const auto ids = backend->workers();
  const auto traits = GetParam().backend->traits(setup_of(GetParam(), kTasks));
  EXPECT_LE(ids.size(), traits.caller_works ? workers() - 1 : workers());
  for (const auto& [kind, id] : ids) {
    EXPECT_NE(id, ::getpid());
    EXPECT_EQ(kind == WorkerId::Kind::kProcess, traits.processes);
    const auto entry = (kind == WorkerId::Kind::kThread ? "/proc/self/task/" : "/proc/") + std::to_string(id);
    EXPECT_TRUE(std::ifstream(entry + "/stat").good()) << entry;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryBackend, Conformance, testing::ValuesIn(supported_combinations()), name_of);
INSTANTIATE_TEST_SUITE_P(EveryBackend, ConformanceOfMap, testing::ValuesIn(supported_combinations(1)),
                         name_of);

TEST(Registry, EveryBackendSupportsSomeCombination) {
  std::set<std::string> supported;
  for (const auto& combination : every_combination()) {
    if (!combination.backend->unsupported(setup_of(combination, 10)))
      supported.insert(combination.backend->name);
  }
  for (const auto& backend : BackendRegistry::instance().all()) {
    EXPECT_TRUE(supported.contains(backend.name)) << backend.name;
  }
}

TEST(Registry, EveryReasonIsOneLine) {
  for (const auto& combination : every_combination()) {
    for (const std::size_t chunk : {0, 3}) {
      const auto reason = combination.backend->unsupported(setup_of(combination, 10, chunk));
      if (!reason) continue;
      EXPECT_FALSE(reason->empty()) << combination.backend->name;
      EXPECT_EQ(reason->find('\n'), std::string::npos) << *reason;
    }
  }
}

TEST(Registry, EveryBaselineIsRegistered) {
  for (const auto& combination : every_combination()) {
    const auto baseline = combination.backend->traits(setup_of(combination, 10)).baseline;
    EXPECT_NE(BackendRegistry::instance().find(baseline), nullptr) << combination.backend->name;
  }
}

pid_t sleeping_child() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  return child;
}

TEST(Leftovers, AreNewChildrenAndNotThoseThatTheTestInherited) {
  const pid_t inherited = sleeping_child();
  const Leftovers before;
  EXPECT_EQ(Leftovers::since(before), "");
  const pid_t left = sleeping_child();
  EXPECT_EQ(Leftovers::since(before), "child " + std::to_string(left) + "\n");
  for (const pid_t child : {inherited, left}) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The walk-through is the very source that the tests above ran.
TEST(Readme, ShowsTheExampleAsItIs) {
  const std::string root = BREAKEVEN_SOURCE_FOLDER "/";
  const std::string example = content_of(root + "tests/cpp/example_backend.cpp");
  ASSERT_NE(example, "");
  EXPECT_NE(content_of(root + "backends/README.md").find("```cpp\n" + example + "```"), std::string::npos)
      << "copy tests/cpp/example_backend.cpp into backends/README.md";
}

}  // namespace
}  // namespace breakeven
