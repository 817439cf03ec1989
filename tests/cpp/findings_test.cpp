// Each rule of the doctor: what makes it speak, and what keeps it silent.
#include "bench/doctor/findings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace breakeven {
namespace {

// A machine of which nothing needs to be said: four cores of its own, all ours.
Json quiet_context() {
  Json cpus = Json::array();
  for (int cpu = 0; cpu < 4; ++cpu)
    cpus.push_back({{"cpu", cpu}, {"core", cpu}, {"package", 0}, {"node", 0}});
  return {{"library_build_type", "release"},
          {"breakeven",
           {{"flags", "-O3"},
            {"machine",
             {{"topology", {{"online_cpus", 4}, {"affinity", {0, 1, 2, 3}}, {"cpus", cpus}}},
              {"frequency", {{"governors", {"performance"}}, {"turbo", false}}},
              {"virtual_machine", false},
              {"quota_cpus", nullptr},
              {"load", {{"average", {0.05, 0.1, 0.1}}}},
              {"clocksource", "tsc"},
              {"thp_enabled", "madvise"},
              {"swap_used_bytes", 0},
              {"on_battery", false},
              {"container", nullptr}}}}}};
}

Json quiet_measurements() {
  return {{"line",
           {{"modes", nullptr}, {"dwell_s", nullptr}, {"one_core", {{"share", 0.0}, {"slowdown", nullptr}}}}},
          {"spin",
           {{"cv", 0.004},
            {"median_ns", 1e6},
            {"p99_over_median", 1.01},
            {"all_cpus", {{"cpus", 4}, {"slowdown", 1.01}}}}},
          {"wakeup", {{"median_ns", 4e3}, {"p99_ns", 9e3}}},
          {"clock", {{"cost_ns", 21}}},
          {"others", {{"cpus", 0.001}, {"busiest", Json::array()}}},
          {"steal_share", 0.0}};
}

// A quiet machine, changed in one place, and what is found then.
struct Change {
  std::string pointer;  // in the context; with "measured" in front: in the measurements
  Json value;
  std::string finding;
  std::string severity;
  std::string text;  // stands in what, effect or remedy
};

void PrintTo(const Change& change, std::ostream* out) { *out << change.finding; }

std::vector<Finding> found(const Change& change) {
  constexpr std::string_view kMeasured = "measured";
  Json context = quiet_context(), measured = quiet_measurements();
  if (change.pointer.starts_with(kMeasured)) {
    measured[Json::json_pointer(change.pointer.substr(kMeasured.size()))] = change.value;
  } else {
    context[Json::json_pointer(change.pointer)] = change.value;
  }
  return find_disturbances(context, measured);
}

TEST(Findings, OfAQuietMachineAreNone) {
  EXPECT_EQ(to_json(find_disturbances(quiet_context(), quiet_measurements())), Json::array());
}

TEST(Findings, OfAMachineThatSaysNothingAreNone) {
  EXPECT_EQ(to_json(find_disturbances(Json::object())), Json::array());
}

TEST(Findings, NameTheWarningsFirst) {
  auto context = quiet_context();
  context["breakeven"]["machine"]["container"] = "docker";
  context["breakeven"]["machine"]["on_battery"] = true;
  const auto findings = to_json(find_disturbances(context));
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0]["severity"], "warning");
  EXPECT_EQ(findings[1]["severity"], "note");
}

TEST(Findings, PreferTheMeasuredLoadToTheAverage) {
  auto context = quiet_context();
  context["breakeven"]["machine"]["load"]["average"][0] = 3.0;
  EXPECT_EQ(find_disturbances(context).size(), 1u);
  EXPECT_EQ(find_disturbances(context, quiet_measurements()).size(), 0u);
}

TEST(Findings, AddTheMeasuredSlowdownToItsPossibleCauses) {
  auto context = quiet_context();
  context["breakeven"]["machine"]["frequency"] = {{"turbo", true},
                                                  {"turbo_switch", "/sys/devices/system/cpu/cpufreq/boost"}};
  EXPECT_EQ(find_disturbances(context)[0].effect.find("measured"), std::string::npos);
  EXPECT_NE(find_disturbances(context, quiet_measurements())[0].effect.find(
                "measured: a fixed spin takes 1.01 times"),
            std::string::npos);
}

class RuleTest : public testing::TestWithParam<Change> {};

TEST_P(RuleTest, Speaks) {
  const auto findings = found(GetParam());
  ASSERT_EQ(findings.size(), 1u) << to_json(findings).dump(2);
  const auto finding = to_json(findings)[0];
  EXPECT_EQ(finding["id"], GetParam().finding);
  EXPECT_EQ(finding["severity"], GetParam().severity);
  EXPECT_NE(finding.dump().find(GetParam().text), std::string::npos) << finding.dump(2);
  for (const auto* key : {"what", "effect", "remedy"}) EXPECT_NE(finding[key], "");
}

const Json kSmtPair = {{{"cpu", 0}, {"core", 0}},
                       {{"cpu", 1}, {"core", 1}},
                       {{"cpu", 2}, {"core", 0}},
                       {{"cpu", 3}, {"core", 1}}};

INSTANTIATE_TEST_SUITE_P(
    EachRule, RuleTest,
    testing::Values(
        Change{
            "/breakeven/machine/frequency/governors", {"powersave"}, "governor", "warning", "powersave, not"},
        Change{"/breakeven/machine/frequency",
               {{"turbo", true}, {"turbo_switch", "/sys/devices/system/cpu/intel_pstate/no_turbo"}},
               "turbo",
               "note",
               "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"},
        Change{"/breakeven/machine/topology/cpus", kSmtPair, "smt", "warning", "taskset -c 0,1 "},
        Change{"/breakeven/machine/virtual_machine", true, "virtual_machine", "warning", "virtual machine"},
        Change{"/breakeven/machine/quota_cpus", 1.5, "cgroup_quota", "warning", "1.5 CPUs' worth"},
        Change{"/breakeven/machine/topology/online_cpus", 8, "affinity", "note", "4 of the machine's 8 CPUs"},
        Change{"/breakeven/machine/on_battery", true, "battery", "warning", "Plug it in"},
        Change{"/breakeven/machine/container", "podman", "container", "note", "podman"},
        Change{"/breakeven/machine/environment",
               {{"OMP_PLACES", "cores"}},
               "environment",
               "note",
               "OMP_PLACES=cores"},
        Change{"/breakeven/machine/memory_limit_bytes", 536870912, "memory_limit", "note", "512MiB"},
        Change{"/breakeven/unoptimised_workloads", {"mine"}, "unoptimised_workload", "warning", "mine"},
        Change{"/breakeven/machine/swap_used_bytes", 4096, "swap", "note", "4KiB"},
        Change{"/breakeven/machine/aslr", 2, "aslr", "note", "Leave it"},
        Change{"/breakeven/machine/aslr", 0, "aslr", "warning", "bias"},
        Change{"/breakeven/machine/thp_enabled", "always", "huge_pages", "note", "madvise"},
        Change{"/breakeven/machine/clocksource", "hpet", "clocksource", "warning", "measured: 21.0 ns"},
        Change{"/breakeven/machine/hardware_counters_unavailable", "no PMU", "hardware_counters", "note",
               "no PMU"},
        Change{"/library_build_type", "debug", "debug_program", "warning", "assertions"},
        Change{"/breakeven/flags", "-O1 -fsanitize=address", "debug_program", "warning", "sanitizer"},
        Change{"/breakeven/machine/libraries",
               {{"benchmark", {{"build_type", "debug"}}}},
               "debug_library",
               "note",
               "Google Benchmark"},
        Change{"measured/line",
               {{"modes", {{{"median_ns", 100.0}, {"share", 0.6}}, {{"median_ns", 400.0}, {"share", 0.4}}}},
                {"dwell_s", 1.8}},
               "line_modes",
               "warning",
               "4 times as much"},
        Change{"measured/line/one_core",
               {{"share", 0.3}, {"slowdown", 1.9}},
               "one_core",
               "warning",
               "took 1.9 times"},
        Change{"measured/spin/cv", 0.02, "spin_spread", "note", "2 % (CV)"},
        Change{"measured/spin/cv", 0.08, "spin_spread", "warning", "8 % (CV)"},
        Change{"measured/spin/all_cpus/slowdown", 2.0, "parallel_slowdown", "warning", "more than 2 here"},
        Change{"measured/steal_share", 0.05, "steal", "warning", "5 %"},
        Change{"measured/others",
               {{"cpus", 0.5}, {"busiest", {{{"name", "indexer"}, {"pid", 77}, {"cpus", 0.4}}}}},
               "others",
               "warning",
               "indexer (77) 0.4"},
        Change{"measured/wakeup/median_ns", 5e4, "slow_wakeup", "note", "50.0 us"},
        Change{"measured/clock/cost_ns", 700.0, "slow_clock", "note", "700 ns"}),
    [](const auto& rule) { return rule.param.finding + std::to_string(rule.index); });

TEST(SingleCpu, IsAWarning) {
  auto context = quiet_context();
  context["breakeven"]["machine"]["topology"] = {
      {"online_cpus", 1}, {"affinity", {0}}, {"cpus", {{{"cpu", 0}, {"core", 0}}}}};
  const auto findings = find_disturbances(context);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].id, "single_cpu");
}

TEST(AverageLoad, IsAWarningWhereNothingWasMeasured) {
  auto context = quiet_context();
  context["breakeven"]["machine"]["load"]["average"][0] = 1.25;
  const auto findings = find_disturbances(context);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(findings[0].what.find("1.25"), std::string::npos);
}

}  // namespace
}  // namespace breakeven
