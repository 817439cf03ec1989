// Suite files: precise complaints, and the cases that they stand for.
#include "bench/plan/suite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "backends/contract/error.h"
#include "bench/plan/axes.h"

namespace breakeven {
namespace {

constexpr unsigned kCores = 2;

// The complaint about a suite's text, or "" where there is none.
std::string complaint(const std::string& text) {
  try {
    const Catalogue catalogue;
    expand(parse_suite(text, "s.json"), catalogue, kCores);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

std::string with_grid(const std::string& keys) { return R"({"suite": "s", "grids": [{)" + keys + "}]}"; }

Expansion expanded(const std::string& keys) {
  const Catalogue catalogue;
  return expand(parse_suite(with_grid(keys), "s.json"), catalogue, kCores);
}

std::size_t count(const Expansion& expansion, Role role) {
  return static_cast<std::size_t>(std::ranges::count_if(
      expansion.cases, [role](const PlannedCase& planned) { return planned.role == role; }));
}

const std::string kPlain = R"("workload": "factorize", "tasks": 10, "backends": "thread_pool")";

std::string repeated(const std::string& item, int times) {
  std::string list = item;
  for (int i = 1; i < times; ++i) list.append(", ").append(item);
  return list;
}

struct BadSuite {
  const char* name;
  std::string text;
  std::vector<std::string> says;
};

void PrintTo(const BadSuite& suite, std::ostream* out) { *out << suite.name; }

class BadSuites : public ::testing::TestWithParam<BadSuite> {};

TEST_P(BadSuites, AreRefusedWithThePlaceAndTheRemedy) {
  const auto said = complaint(GetParam().text);
  for (const auto& part : GetParam().says) EXPECT_NE(said.find(part), std::string::npos) << "said: " << said;
  EXPECT_EQ(said.find('\n'), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(
    Suite, BadSuites,
    ::testing::Values(
        BadSuite{"Malformed", "{\"suite\": ", {"s.json", "not valid JSON"}},
        BadSuite{"NotAnObject", "[]", {"s.json", "expected an object"}},
        BadSuite{"NoName", R"({"grids": []})", {"s.json: suite", "is missing"}},
        BadSuite{"NoGrid", R"({"suite": "s"})", {"grids", "no grid"}},
        BadSuite{"UnknownKey", R"({"suite": "s", "grid": []})", {"unknown key \"grid\"", "did you mean"}},
        BadSuite{"UnknownGridKey",
                 with_grid(kPlain + R"(, "worker": 2)"),
                 {"grids[0]", "\"worker\"", "\"workers\""}},
        BadSuite{"NoWorkload", with_grid(R"("tasks": 1)"), {"grids[0].workload", "is missing"}},
        BadSuite{"NoTasks", with_grid(R"("workload": "factorize")"), {"grids[0].tasks"}},
        BadSuite{
            "ZeroTasks", with_grid(R"("workload": "factorize", "tasks": 0)"), {"grids[0].tasks", "0 tasks"}},
        BadSuite{"AbsurdTasks",
                 with_grid(R"("workload": "factorize", "tasks": 99999999999999)"),
                 {"too many tasks"}},
        BadSuite{"ZeroWorkers", with_grid(kPlain + R"(, "workers": 0)"), {"grids[0].workers", "0 workers"}},
        BadSuite{"AbsurdWorkers", with_grid(kPlain + R"(, "workers": 1000000)"), {"workers", "at most 1024"}},
        BadSuite{"WordForNumber", with_grid(kPlain + R"(, "workers": "many")"), {"grids[0].workers", "many"}},
        BadSuite{"NegativeNumber", with_grid(kPlain + R"(, "chunk": -3)"), {"grids[0].chunk", "-3"}},
        BadSuite{"EmptyAxis", with_grid(kPlain + R"(, "workers": [])"), {"workers", "empty"}},
        BadSuite{"MisspeltBackend",
                 with_grid(R"("workload": "factorize", "tasks": 1, "backends": "thread_pol")"),
                 {"grids[0].backend", "did you mean \"thread_pool\""}},
        BadSuite{"MisspeltOption",
                 with_grid(R"("workload": "factorize", "tasks": 1, "backends": "openmp,schedule=dynamik")"),
                 {"did you mean \"dynamic\""}},
        BadSuite{"MisspeltWorkload", with_grid(R"("workload": "factorise", "tasks": 1)"), {"\"factorize\""}},
        BadSuite{"MisspeltDispatch", with_grid(kPlain + R"(, "dispatch": "mapp")"), {"dispatch", "\"map\""}},
        BadSuite{"MisspeltPool", with_grid(kPlain + R"(, "pool": "wram")"), {"pool", "\"warm\""}},
        BadSuite{"BadSize", with_grid(kPlain + R"(, "payload": "4Kb")"), {"payload", "4Kb", "4KiB"}},
        BadSuite{
            "PayloadTwice", with_grid(kPlain + R"(, "payload": 1, "in_bytes": 1)"), {"payload", "either"}},
        BadSuite{"CostOfFactorize", with_grid(kPlain + R"(, "cost": "20us")"), {"cost"}},
        BadSuite{"NameThatIsAPath", R"({"suite": "../x", "grids": [{}]})", {"s.json: suite", "folder"}},
        BadSuite{"RepeatedKey", R"({"suite": "s", "suite": "t", "grids": []})", {"s.json: suite", "twice"}},
        BadSuite{"RepeatedKeyWithin",
                 R"({"suite": "s", "grids": [{"tasks": 1}, {"tasks": 1, "tasks": 2}]})",
                 {"s.json: grids[1].tasks", "twice"}},
        BadSuite{"GridBeyondReason",
                 with_grid(kPlain + R"(, "chunk": [)" + repeated("1", 400) + R"(], "workers": [)" +
                           repeated("1", 400) + "]"),
                 {"100000", "too many cases"}},
        BadSuite{"LineFeedInAWord", R"({"suite": "s", "grids": [], "a\nb": 1})", {"\"a?b\""}},
        BadSuite{"TooDeep", R"({"suite": "s", "grids": )" + std::string(200000, '['), {"nested"}},
        BadSuite{"BadRounds", R"({"suite": "s", "rounds": 0, "grids": [{}]})", {"rounds", "expected 1 to"}},
        BadSuite{"BadDeadline", R"({"suite": "s", "deadline_s": -1, "grids": [{}]})", {"deadline_s"}},
        BadSuite{"UnknownInclude", R"({"suite": "s", "include": ["artikel"]})", {"artikel", "\"article\""}},
        BadSuite{"IncludeThatIsNoFileName",
                 R"({"suite": "s", "include": [")" + std::string(5000, 'x') + R"("]})",
                 {"unknown suite"}},
        BadSuite{"IncludeThatIsNoPath",
                 R"({"suite": "s", "include": ["./)" + std::string(5000, 'x') + R"("]})",
                 {"cannot be read"}},
        BadSuite{"ACommand", with_grid(kPlain + R"(, "command": ["rm"])"), {"unknown key \"command\""}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Suite, GivesEveryBlockItsBaselineAndItsCeiling) {
  const auto expansion = expanded(kPlain + R"(, "payload": ["0", "1KiB"], "workers": [1, 2])");
  EXPECT_EQ(count(expansion, Role::kBaseline), 2u);
  EXPECT_EQ(count(expansion, Role::kCeiling), 4u);
  EXPECT_EQ(count(expansion, Role::kCase), 4u);
}

TEST(Suite, NamesEveryCaseOnce) {
  const auto expansion = expanded(R"("workload": "factorize", "tasks": 10, "backends": ["all", "thread_pool"],
                                     "dispatch": ["submit", "map"], "workers": "doubling", "pool": ["warm", "cold"])");
  std::set<std::string> names;
  for (const auto& planned : expansion.cases)
    EXPECT_TRUE(names.insert(planned.c.name()).second) << planned.c.name();
  for (const auto& skipped : expansion.skipped) EXPECT_TRUE(names.insert(skipped.c.name()).second);
}

TEST(Suite, AllStandsForEveryBackendButTheYardsticks) {
  const auto expansion =
      expanded(R"("workload": "factorize", "tasks": 10, "backends": "all", "dispatch": ["submit", "map"])");
  std::set<std::string> families;
  for (const auto& planned : expansion.cases) {
    if (planned.role == Role::kCase) families.insert(backend_family(planned.c.backend));
  }
  for (const auto& factory : BackendRegistry::instance().all()) {
    EXPECT_EQ(families.contains(factory.name), factory.name != "serial" && factory.name != "ceiling")
        << factory.name;
  }
}

TEST(Suite, SkipsWhatABackendDoesNotSupportWithAReason) {
  const auto expansion =
      expanded(R"("workload": "factorize", "tasks": 10, "skew": 2, "backends": "thread_pool")");
  EXPECT_TRUE(expansion.cases.empty());
  ASSERT_EQ(expansion.skipped.size(), 1u);
  EXPECT_FALSE(expansion.skipped[0].reason.empty());
}

TEST(Suite, SkipsAPayloadBeyondTheMemory) {
  const auto expansion =
      expanded(R"("workload": "factorize", "tasks": 1000000, "payload": "1GiB", "backends": "thread_pool")");
  ASSERT_EQ(expansion.skipped.size(), 1u);
  EXPECT_NE(expansion.skipped[0].reason.find("memory"), std::string::npos);
}

TEST(Suite, DoublesWorkersBeyondTheCores) {
  const auto expansion = expanded(kPlain + R"(, "workers": "doubling")");
  std::set<unsigned> workers;
  for (const auto& planned : expansion.cases) workers.insert(planned.c.workers);
  EXPECT_EQ(workers, (std::set<unsigned>{1, 2, 4}));
}

TEST(Suite, HalvesTheCoresButToNoFewerThanTwoWorkers) {
  const Catalogue catalogue;
  const auto suite = parse_suite(with_grid(kPlain + R"(, "workers": "cores/2", "ceiling": false)"), "s.json");
  for (const auto& [cores, workers] : {std::pair(1U, 2U), {2U, 2U}, {5U, 2U}, {16U, 8U}}) {
    const auto expansion = expand(suite, catalogue, cores);
    EXPECT_EQ(expansion.cases.back().c.workers, workers) << cores << " cores";
  }
}

TEST(Suite, SaysWhichWordsAreNumbersOfWorkers) {
  try {
    expanded(kPlain + R"(, "workers": "cores/3")");
    FAIL() << "it was taken";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("cores, 2*cores, cores/2, doubling or slots"), std::string::npos)
        << error.what();
  }
}

TEST(Suite, GrowsTheTasksWithTheWorkersWhenScalingIsWeak) {
  const auto expansion = expanded(
      R"("workload": "factorize", "tasks_per_worker": 10, "workers": [1, 2, 4], "backends": "thread_pool")");
  for (const auto& planned : expansion.cases) {
    if (planned.role == Role::kCase) {
      EXPECT_EQ(planned.c.shape.tasks, 10 * planned.c.workers);
    }
  }
  EXPECT_EQ(count(expansion, Role::kBaseline), 3u);
}

TEST(Suite, PayloadSetsBothDirectionsOrEach) {
  const auto expansion = expanded(kPlain + R"(, "payload": ["64KiB", "16KiB:0", "0:8"], "ceiling": false)");
  std::set<std::pair<std::size_t, std::size_t>> sizes;
  for (const auto& planned : expansion.cases)
    sizes.emplace(planned.c.shape.in_bytes, planned.c.shape.out_bytes);
  EXPECT_EQ(sizes, (std::set<std::pair<std::size_t, std::size_t>>{{65536, 65536}, {16384, 0}, {0, 8}}));
}

TEST(Suite, AxisOverrideReplacesTheAxisInEveryGrid) {
  Suite suite = parse_suite(with_grid(kPlain + R"(, "workers": [1])"), "s.json");
  override_axis(suite, "workers=2,3");
  override_axis(suite, "backend=openmp,schedule=dynamic,thread_pool");
  const Catalogue catalogue;
  std::set<std::string> backends;
  for (const auto& planned : expand(suite, catalogue, kCores).cases) {
    if (planned.role == Role::kCase)
      backends.insert(planned.c.backend + " " + std::to_string(planned.c.workers));
  }
  EXPECT_EQ(backends, (std::set<std::string>{"openmp,schedule=dynamic 2", "openmp,schedule=dynamic 3",
                                             "thread_pool 2", "thread_pool 3"}));
}

TEST(Suite, EveryAxisStandsInTheTableOfTheDocument) {
  const auto document = read_text_file(BREAKEVEN_SOURCE_FOLDER "/docs/format.md");
  const auto start = document.find("| axis | values | default |");
  ASSERT_NE(start, std::string::npos);
  const auto table = document.substr(start, document.find("\n\n", start) - start);
  for (const auto* axis : axes())
    EXPECT_NE(table.find("`" + axis->suite_key() + "`"), std::string::npos) << axis->name;
}

TEST(Suite, MisspeltAxisNamesTheNearest) {
  Suite suite = parse_suite(with_grid(kPlain), "s.json");
  try {
    override_axis(suite, "wrokers=1");
    FAIL() << "nothing was thrown";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("\"workers\""), std::string::npos) << error.what();
  }
}

TEST(Suite, AComplaintAboutAnOverriddenAxisNamesTheFlagOnce) {
  Suite suite = parse_suite(with_grid(kPlain), "s.json");
  override_axis(suite, "workers=0");
  const Catalogue catalogue;
  try {
    expand(suite, catalogue, kCores);
    FAIL() << "nothing was thrown";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()).find("--axis workers: 0 workers"), 0u) << error.what();
  }
}

// The complaint about a manifest with one entry of these keys, or "" where there is none.
std::string manifest_complaint(const std::string& keys) {
  try {
    Catalogue catalogue;
    catalogue.add_manifest(
        R"({"breakeven_manifest": 1, "backends": [{"name": "mine", "command": ["./x"])" + keys + "}]}",
        "m.json");
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Manifest, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(manifest_complaint(""), "");
  const std::pair<const char*, const char*> bad[] = {
      {R"(, "env": [1])", "m.json: backends[0].env: expected an object"},
      {R"(, "env": {"A": 1})", "m.json: backends[0].env.A: expected a string"},
      {R"(, "env": {"A=B": "1"})", "not the name of a variable"},
      {R"(, "baseline": "seriel")", "did you mean \"serial\""},
      {R"(, "variants": [",mode=b"])", "m.json: backends[0].variants"},
      {R"(, "workloads": ["factorise"])", "did you mean \"factorize\""},
      {R"(, "dispatch": ["mapp"])", "did you mean \"map\""},
      {R"(, "max_workers": 0)", "m.json: backends[0].max_workers: expected 1 to"},
      {R"(, "name": "other")", "m.json: backends[0].name: the key is given twice"},
      {R"(, "options": [{"name": "a=b", "values": ["c"]}])", "options[0].name: expected letters"},
      {R"(, "colour": 1)", "m.json: backends[0]: unknown key"},
      {R"(, "can": {"pins": true})", "m.json: backends[0].can: unknown key \"pins\""},
      {R"(, "can": {"pin": "no"})", "m.json: backends[0].can.pin: expected"},
      {R"(, "end": {"signal": "SIGKILL"})", "m.json: backends[0].end.signal: unknown signal"},
      {R"(, "end": {"signal": "SIGTERM", "grace_s": 61})", "end.grace_s: expected 0 to 60 seconds"},
      {R"(, "launcher": ["run", "{rank}"])", "unknown place \"{rank}\"; did you mean \"{ranks}\""},
      {R"(, "launcher": ["run"], "ranks": "all")", "m.json: backends[0].ranks: unknown number of ranks"},
      {R"(, "launcher": ["run"], "ranks": [{"when": {"pool": "warm"}, "count": "workers"}])",
       "the last rule must hold always"},
  };
  for (const auto& [keys, says] : bad)
    EXPECT_NE(manifest_complaint(keys).find(says), std::string::npos)
        << keys << " said: " << manifest_complaint(keys);
}

std::string manifest_with_defaults(const std::string& defaults) {
  return R"({"breakeven_manifest": 1, "defaults": {)" + defaults + R"(}, "backends": [
    {"name": "plain"},
    {"name": "own", "command": ["./y"], "max_workers": 8,
     "options": [{"name": "start", "values": ["fork", "spawn"]}],
     "skip": [{"when": {"start": "spawn"}, "reason": "own says so"}]}]})";
}

TEST(Manifest, SharesDefaultsAmongItsEntries) {
  Catalogue catalogue;
  catalogue.add_manifest(manifest_with_defaults(R"("command": ["./x"], "max_workers": 2,
        "options": [{"name": "mode", "values": ["a", "b"]}],
        "skip": [{"when": {"mode": "b", "pool": "cold"}, "reason": "all say so"}])"),
                         "/here/m.json");
  EXPECT_EQ(catalogue.resolve("plain").entry->command, std::vector<std::string>{"/here/x"});
  EXPECT_EQ(catalogue.resolve("own").entry->command, std::vector<std::string>{"/here/y"});
  EXPECT_EQ(catalogue.resolve("plain").options, (Options{{"mode", "a"}}));
  EXPECT_EQ(catalogue.resolve("own,start=spawn").options, (Options{{"mode", "a"}, {"start", "spawn"}}));
  const auto why_not = [&](const std::string& spec, PoolState pool, unsigned workers) {
    const auto backend = catalogue.resolve(spec);
    Case c;
    c.workload = "factorize";
    c.workers = workers;
    c.pool = pool;
    return backend.entry->unsupported(c, setup_of(c, backend.options)).value_or("");
  };
  EXPECT_EQ(why_not("plain,mode=b", PoolState::kCold, 1), "all say so");
  EXPECT_EQ(why_not("own,mode=b", PoolState::kCold, 1), "all say so");
  EXPECT_EQ(why_not("own,start=spawn", PoolState::kWarm, 1), "own says so");
  EXPECT_EQ(why_not("plain", PoolState::kWarm, 3), "it takes at most 2 workers");
  EXPECT_EQ(why_not("own", PoolState::kWarm, 3), "");
}

Case some_case(PoolState pool, Pin pin, unsigned workers = 2) {
  Case c;
  c.workload = "factorize";
  c.workers = workers;
  c.pool = pool;
  c.pin = pin;
  return c;
}

TEST(Manifest, WhatACellCannotIsSkippedWithTheReason) {
  Catalogue catalogue;
  catalogue.add_manifest(R"({"breakeven_manifest": 1, "backends": [
      {"name": "mine", "command": ["./x"], "can": {"pin": false, "cold": false}}]})",
                         "m.json");
  const auto mine = catalogue.resolve("mine");
  const auto why = [&](PoolState pool, Pin pin) {
    const Case c = some_case(pool, pin);
    return mine.entry->unsupported(c, setup_of(c, mine.options)).value_or("");
  };
  EXPECT_EQ(why(PoolState::kWarm, Pin::kCompact), "its cell binds no worker to a CPU (can.pin)");
  EXPECT_EQ(why(PoolState::kCold, Pin::kNone), "its cell has no cold pools (can.cold)");
  EXPECT_EQ(why(PoolState::kWarm, Pin::kNone), "");
  EXPECT_TRUE(mine.entry->can.extra && mine.entry->can.counters);
}

TEST(Manifest, ALauncherGetsTheRanksOfTheFirstRuleThatHolds) {
  Catalogue catalogue;
  catalogue.add_manifest(R"({"breakeven_manifest": 1, "backends": [
      {"name": "mine", "command": ["./x"], "launcher": ["run", "-n", "{ranks}", "--for={workers}"],
       "options": [{"name": "help", "values": ["off", "on"]}],
       "ranks": [{"when": {"help": "on"}, "count": "workers"}, {"count": "workers+1"}]}]})",
                         "m.json");
  const auto words = [&](const std::string& spec) {
    const auto mine = catalogue.resolve(spec);
    const Case c = some_case(PoolState::kWarm, Pin::kNone, 3);
    return mine.entry->launcher(c, setup_of(c, mine.options), Hosts()).words;
  };
  EXPECT_EQ(words("mine"), (std::vector<std::string>{"run", "-n", "4", "--for=3"}));
  EXPECT_EQ(words("mine,help=on"), (std::vector<std::string>{"run", "-n", "3", "--for=3"}));
}

TEST(Manifest, NamesThePlaceOfAFaultInItsDefaults) {
  const std::pair<const char*, const char*> bad[] = {
      {R"("command": ["./x"], "colour": 1)", "m.json: defaults: unknown key \"colour\""},
      {R"("command": ["./x"], "name": "z")", "m.json: defaults: unknown key \"name\""},
      {R"("command": ["./x"], "max_workers": 0)", "m.json: defaults.max_workers: expected 1 to"},
      {R"("command": ["./x"], "options": [{"name": "mode"}])",
       "m.json: defaults.options[0].values: is missing"},
      {R"("command": ["./x"], "skip": [{"when": {"colour": 1}, "reason": "-"}])",
       "m.json: defaults.skip[0].when: unknown field"},
      {R"("max_workers": 1)", "m.json: backends[0].command: is missing"},
      {R"("command": ["./x"], "options": [{"name": "start", "values": ["fork"]}])",
       "m.json: backends[1].options: start is given twice"},
  };
  for (const auto& [defaults, says] : bad) {
    try {
      Catalogue().add_manifest(manifest_with_defaults(defaults), "m.json");
      FAIL() << defaults;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  }
}

TEST(Suite, EveryInstalledSuiteExpandsToCases) {
  Catalogue catalogue;
  catalogue.add_installed_manifests();
  ASSERT_FALSE(installed_suites().empty());
  for (const auto& name : installed_suites()) {
    EXPECT_FALSE(expand(load_suite(name), catalogue, kCores).cases.empty()) << name;
  }
}

// Names identify cases across result files, and their order goes into the suite's digest: neither may change.
TEST(Case, HasTheNameAndThePlaceThatStoredFilesGiveIt) {
  const char* grids = R"({"suite": "names", "grids": [
    {"workload": "factorize", "tasks": 10, "backends": ["thread_pool", "fork_pool/pipe,help=off"],
     "workers": [1, 3], "dispatch": ["submit", "map"], "chunk": ["default", 4]},
    {"workload": "compute", "tasks": "1k", "cost": ["20us", 16000], "skew": [0, 1.5],
     "payload": ["4KiB", "64:0"], "backends": "openmp,schedule=dynamic", "workers": 2, "ceiling": false},
    {"workload": "compute", "tasks_per_worker": 30, "cost": 100, "shared_bytes": "1MiB", "in_bytes": 1000,
     "out_bytes": "64KiB", "workers": 2, "pool": ["cold", "rested"], "pin": "spread",
     "backends": "thread_pool", "ceiling": false}]})";
  const std::vector<std::string> stored = {
      "factorize/tasks=10/in=0/out=0/serial/workers=1/map",
      "factorize/tasks=10/in=0/out=0/ceiling/workers=1/map",
      "factorize/tasks=10/in=0/out=0/ceiling/workers=3/map",
      "factorize/tasks=10/in=0/out=0/thread_pool/workers=1/submit",
      "factorize/tasks=10/in=0/out=0/fork_pool/pipe,help=off/workers=1/submit",
      "factorize/tasks=10/in=0/out=0/thread_pool/workers=1/map",
      "factorize/tasks=10/in=0/out=0/fork_pool/pipe,help=off/workers=1/map",
      "factorize/tasks=10/in=0/out=0/thread_pool/workers=1/map/chunk=4",
      "factorize/tasks=10/in=0/out=0/fork_pool/pipe,help=off/workers=1/map/chunk=4",
      "factorize/tasks=10/in=0/out=0/thread_pool/workers=3/submit",
      "factorize/tasks=10/in=0/out=0/fork_pool/pipe,help=off/workers=3/submit",
      "factorize/tasks=10/in=0/out=0/thread_pool/workers=3/map",
      "factorize/tasks=10/in=0/out=0/fork_pool/pipe,help=off/workers=3/map",
      "factorize/tasks=10/in=0/out=0/thread_pool/workers=3/map/chunk=4",
      "factorize/tasks=10/in=0/out=0/fork_pool/pipe,help=off/workers=3/map/chunk=4",
      "compute/tasks=1000/in=4KiB/out=4KiB/cost=20us/serial/workers=1/map",
      "compute/tasks=1000/in=4KiB/out=4KiB/cost=20us/openmp,schedule=dynamic/workers=2/map",
      "compute/tasks=1000/in=4KiB/out=4KiB/cost=20us/skew=1.5/serial/workers=1/map",
      "compute/tasks=1000/in=4KiB/out=4KiB/cost=20us/skew=1.5/openmp,schedule=dynamic/workers=2/map",
      "compute/tasks=1000/in=4KiB/out=4KiB/cost=16000/serial/workers=1/map",
      "compute/tasks=1000/in=4KiB/out=4KiB/cost=16000/openmp,schedule=dynamic/workers=2/map",
      "compute/tasks=1000/in=4KiB/out=4KiB/cost=16000/skew=1.5/serial/workers=1/map",
      "compute/tasks=1000/in=4KiB/out=4KiB/cost=16000/skew=1.5/openmp,schedule=dynamic/workers=2/map",
      "compute/tasks=1000/in=64/out=0/cost=20us/serial/workers=1/map",
      "compute/tasks=1000/in=64/out=0/cost=20us/openmp,schedule=dynamic/workers=2/map",
      "compute/tasks=1000/in=64/out=0/cost=20us/skew=1.5/serial/workers=1/map",
      "compute/tasks=1000/in=64/out=0/cost=20us/skew=1.5/openmp,schedule=dynamic/workers=2/map",
      "compute/tasks=1000/in=64/out=0/cost=16000/serial/workers=1/map",
      "compute/tasks=1000/in=64/out=0/cost=16000/openmp,schedule=dynamic/workers=2/map",
      "compute/tasks=1000/in=64/out=0/cost=16000/skew=1.5/serial/workers=1/map",
      "compute/tasks=1000/in=64/out=0/cost=16000/skew=1.5/openmp,schedule=dynamic/workers=2/map",
      "compute/tasks=60/in=1000/out=64KiB/cost=100/shared=1MiB/weak/serial/workers=1/map",
      "compute/tasks=60/in=1000/out=64KiB/cost=100/shared=1MiB/weak/thread_pool/workers=2/map/cold/"
      "pin=spread",
      "compute/tasks=60/in=1000/out=64KiB/cost=100/shared=1MiB/weak/thread_pool/workers=2/map/rested/"
      "pin=spread"};
  const Catalogue catalogue;
  std::vector<std::string> names;
  for (const auto& planned : expand(parse_suite(grids, "s.json"), catalogue, kCores).cases) {
    names.push_back(planned.c.name());
    EXPECT_EQ(names.back().find(planned.c.shape_name() + "/" + planned.c.backend + "/"), 0u) << names.back();
  }
  EXPECT_EQ(names, stored);
}

TEST(Case, SurvivesItsJsonForm) {
  const auto expansion =
      expanded(R"("workload": "compute", "tasks": 10, "cost": "20us", "skew": 1.5, "payload": "64:8",
                                     "backends": "openmp,schedule=guided", "chunk": [4, "default"], "pool": "cold")");
  ASSERT_FALSE(expansion.cases.empty());
  for (const auto& planned : expansion.cases) {
    const Case back = case_from_json(to_json(planned.c), "case");
    EXPECT_EQ(back.name(), planned.c.name());
    EXPECT_EQ(back.shape, planned.c.shape);
    EXPECT_EQ(to_json(back), to_json(planned.c));
  }
}

}  // namespace
}  // namespace breakeven
