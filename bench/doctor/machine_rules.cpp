// Rules on the processor: its clock, its siblings, who else owns it, how much of it we may use.
#include <cstdio>
#include <map>

#include "bench/doctor/findings.h"
#include "bench/text/phrases.h"

namespace breakeven {
namespace {

using enum Finding::Severity;
using Found = std::optional<Finding>;

// What all CPUs at once do to each other, where it was measured: what turbo, siblings and quotas come to.
std::string measured_slowdown(const Evidence& evidence) {
  const auto& slowdown = evidence.measured("/spin/all_cpus/slowdown");
  if (!slowdown.is_number()) return "";
  return "; measured: a fixed spin takes " + figure(slowdown) + " times as long on all " +
         std::to_string(evidence.measured("/spin/all_cpus/cpus").get<int>()) +
         " CPUs at once as on one alone";
}

Found governor(const Evidence& evidence) {
  const auto& governors = evidence.machine("/frequency/governors");
  std::string others;
  for (const auto& name : governors) {
    if (name != "performance") others += (others.empty() ? "" : ", ") + name.get<std::string>();
  }
  if (others.empty()) return {};
  return Finding{"governor", kWarning, "The frequency governor is " + others + ", not performance.",
                 "the clock follows the load: work after an idle moment runs slower than the same work later",
                 "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"};
}

Found turbo(const Evidence& evidence) {
  if (evidence.machine("/frequency/turbo") != true) return {};
  const auto& path = evidence.machine("/frequency/turbo_switch");
  if (!path.is_string()) return {};
  const auto file = path.get<std::string>();
  return Finding{
      "turbo", kNote, "Turbo is on.",
      "one busy core may run at a higher clock than all of them: speed-ups look smaller than the number "
      "of cores, and heat changes the clock in between" +
          measured_slowdown(evidence),
      (file.ends_with("no_turbo") ? "echo 1 | sudo tee " : "echo 0 | sudo tee ") + file};
}

// The first allowed CPU of each physical core, as taskset takes them; empty where cores are not known.
std::string one_cpu_a_core(const Evidence& evidence, std::size_t& cores) {
  std::map<int, int> first;
  const auto& allowed = evidence.machine("/topology/affinity");
  for (const auto& place : evidence.machine("/topology/cpus")) {
    if (!place["core"].is_number()) return "";
    for (const auto& id : allowed) {
      if (id == place["cpu"]) first.try_emplace(place["core"].get<int>(), id.get<int>());
    }
  }
  cores = first.size();
  std::string list;
  for (const auto& [core, cpu] : first) list += (list.empty() ? "" : ",") + std::to_string(cpu);
  return list;
}

Found smt(const Evidence& evidence) {
  std::size_t cores = 0;
  const auto list = one_cpu_a_core(evidence, cores);
  const auto allowed = evidence.machine("/topology/affinity").size();
  if (list.empty() || cores == allowed) return {};
  return Finding{
      "smt", kWarning,
      "SMT is on: the " + counted(allowed, "CPU") + " we may use are " + counted(cores, "core") + ".",
      "two workers on one core share its units: each is slower, and which ones meet is up to the "
      "scheduler" +
          measured_slowdown(evidence),
      "taskset -c " + list +
          " breakeven …  (one CPU a core), or: echo off | sudo tee "
          "/sys/devices/system/cpu/smt/control"};
}

Found virtual_machine(const Evidence& evidence) {
  if (evidence.machine("/virtual_machine") != true) return {};
  const auto& name = evidence.machine("/hypervisor");
  const auto& steal = evidence.machine("/steal_share_since_boot");
  std::string effect =
      "its host may run something else on our cores, or move them: times change with neighbours "
      "that cannot be seen from here";
  if (steal.is_number()) effect += "; since boot it took " + percentage(steal) + " of the CPU time (steal)";
  return Finding{
      "virtual_machine", kWarning,
      "This is a virtual machine" + (name.is_string() ? " (" + name.get<std::string>() + ")." : "."), effect,
      "Measure on a machine of your own, or on an instance with dedicated cores. Otherwise trust "
      "ratios within one run, not times"};
}

Found cgroup_quota(const Evidence& evidence) {
  const auto& quota = evidence.machine("/quota_cpus");
  const auto allowed = evidence.machine("/topology/affinity").size();
  if (!quota.is_number() || allowed == 0 || quota.get<double>() >= static_cast<double>(allowed)) return {};
  const auto whole = std::max(1, quota.get<int>());
  return Finding{
      "cgroup_quota", kWarning,
      "A cgroup quota allows " + figure(quota) + " CPUs' worth of time on " + counted(allowed, "CPU") + ".",
      "who uses more is stopped until the next period (commonly 100 ms): rare, long pauses" +
          measured_slowdown(evidence),
      "Raise it (docker run --cpus=" + std::to_string(allowed) +
          ", Kubernetes: limits.cpu), or use --axis workers=" + std::to_string(whole)};
}

Found affinity(const Evidence& evidence) {
  const auto& online = evidence.machine("/topology/online_cpus");
  const auto allowed = evidence.machine("/topology/affinity").size();
  if (!online.is_number() || allowed == 0 || allowed >= online.get<std::size_t>()) return {};
  return Finding{
      "affinity", kNote,
      "We may use " + std::to_string(allowed) + " of the machine's " + counted(online, "CPU") + ".",
      "what runs on the others shares memory and caches with us, and does not show in our figures",
      "taskset -pc 0-" + std::to_string(online.get<int>() - 1) + " $$  in this shell, unless it is meant so"};
}

Found single_cpu(const Evidence& evidence) {
  if (evidence.machine("/topology/affinity").size() != 1) return {};
  return Finding{"single_cpu", kWarning, "We may use one CPU only.",
                 "nothing runs in parallel: speed-ups here show costs, never gains",
                 "Widen the affinity mask (taskset) or take a machine with more cores"};
}

Found battery(const Evidence& evidence) {
  if (evidence.machine("/on_battery") != true) return {};
  return Finding{"battery", kWarning, "The machine runs on battery.",
                 "firmware and kernel save power by lowering clocks, when they see fit", "Plug it in"};
}

}  // namespace

const std::vector<Rule>& machine_rules() {
  static const std::vector<Rule> rules = {governor,     turbo,    smt,        virtual_machine,
                                          cgroup_quota, affinity, single_cpu, battery};
  return rules;
}

}  // namespace breakeven
