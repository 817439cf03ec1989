// Rules on the system: other processes, memory, kernel settings, and how this program was built.
#include "bench/doctor/findings.h"
#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

using enum Finding::Severity;
using Found = std::optional<Finding>;

// The load average is a hint only: it holds what ended a minute ago. Where it was measured, that counts.
Found load(const Evidence& evidence) {
  constexpr double kLeastLoad = 0.3;
  if (!evidence.measured("/others/cpus").is_null()) return {};
  const auto& average = evidence.machine("/load/average/0");
  if (!average.is_number() || average.get<double>() < kLeastLoad) return {};
  return Finding{"load", kWarning, "The load average of the last minute is " + figure(average) + ".",
                 "other processes take turns with ours on the same cores (or a run of ours has just ended)",
                 "End them (ps --sort=-%cpu -eo pid,pcpu,args | head), or wait"};
}

Found container(const Evidence& evidence) {
  const auto& name = evidence.machine("/container");
  if (!name.is_string()) return {};
  return Finding{"container", kNote, "This runs in a container (" + name.get<std::string>() + ").",
                 "its limits hold for us, and what runs in other containers is not seen from here",
                 "Nothing to do where it has the machine for itself"};
}

Found swapped_memory(const Evidence& evidence) {
  const auto& used = evidence.machine("/swap_used_bytes");
  if (!used.is_number() || used.get<std::uint64_t>() == 0) return {};
  return Finding{"swap", kNote, format_bytes(used.get<std::uint64_t>()) + " of memory are swapped out.",
                 "a task that touches a swapped page waits for the disk",
                 "sudo swapoff -a && sudo swapon -a"};
}

Found aslr(const Evidence& evidence) {
  const auto& level = evidence.machine("/aslr");
  if (!level.is_number()) return {};
  if (level.get<int>() == 0 || evidence.machine("/aslr_disabled_for_process") == true)
    return Finding{
        "aslr", kWarning, "Addresses are not randomised.",
        "every sample has the same layout of memory, which may by chance suit one backend: a bias that no "
        "number of samples shows",
        "echo 2 | sudo tee /proc/sys/kernel/randomize_va_space"};
  return Finding{"aslr", kNote, "Addresses are randomised (ASLR).",
                 "each sample has a layout of its own: a little more spread, and no bias by one lucky layout",
                 "Leave it. setarch -R breakeven …  freezes the layout, to see what it does"};
}

Found huge_pages(const Evidence& evidence) {
  if (evidence.machine("/thp_enabled") != "always") return {};
  return Finding{
      "huge_pages", kNote, "Transparent huge pages are on for all memory.",
      "large buffers get them when the kernel finds some: the cost of first touch and of fork differs "
      "from sample to sample",
      "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"};
}

Found clocksource(const Evidence& evidence) {
  const auto& source = evidence.machine("/clocksource");
  const auto& cost = evidence.measured("/clock/cost_ns");
  if (source != "hpet" && source != "acpi_pm" && source != "jiffies" && source != "xen") return {};
  return Finding{
      "clocksource", kWarning, "The kernel's clock is " + source.get<std::string>() + ".",
      "reading it costs a system call or a slow device, where the processor's own counter takes some 20 ns" +
          (cost.is_number() ? "; measured: " + format_ns(cost) + " a reading" : std::string()),
      "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource"};
}

Found counters(const Evidence& evidence) {
  const auto& reason = evidence.machine("/hardware_counters_unavailable");
  if (!reason.is_string()) return {};
  const bool forbidden = reason.get<std::string>().find("forbids") != std::string::npos;
  return Finding{
      "hardware_counters", kNote, "Hardware counters cannot be read: " + reason.get<std::string>() + ".",
      "instructions, cycles and cache misses are missing from the samples; no time changes by it",
      forbidden ? "sudo sysctl kernel.perf_event_paranoid=2"
                : "Measure on the machine itself, or ask its host to show the counters to its guests"};
}

Found debug_program(const Evidence& evidence) {
  const auto& flags = evidence.build("/flags");
  const bool sanitized =
      flags.is_string() && flags.get<std::string>().find("-fsanitize=") != std::string::npos;
  if (evidence.context("/library_build_type") != "debug" && !sanitized) return {};
  return Finding{
      "debug_program", kWarning,
      sanitized ? "This program is built with a sanitizer." : "This program is built with assertions.",
      "it is slower than what it stands for, and not evenly so", "make clean build"};
}

Found environment(const Evidence& evidence) {
  const auto& variables = evidence.machine("/environment");
  std::string list;
  for (const auto& [name, value] : variables.items())
    list += (list.empty() ? "" : ", ") + name + "=" +
            (value.is_string() ? value.get<std::string>() : value.dump());
  if (!variables.is_object() || list.empty()) return {};
  return Finding{"environment", kNote, "Variables that change what a runtime does are set: " + list + ".",
                 "samples inherit them: OMP_PLACES and OMP_PROC_BIND bind OpenMP's threads, others change "
                 "allocators, the "
                 "loader or Python; runs that differ by them are not compared as equals. BENCHMARK_* is kept "
                 "from samples",
                 "env -u NAME breakeven …  unless it is meant so"};
}

Found memory_limit(const Evidence& evidence) {
  const auto& limit = evidence.machine("/memory_limit_bytes");
  if (!limit.is_number()) return {};
  return Finding{"memory_limit", kNote,
                 "A control group limits our memory to " + format_bytes(limit.get<std::uint64_t>()) + ".",
                 "what needs more is killed (signal 9) or, where payload can be foreseen, skipped",
                 "Raise the limit (docker run --memory, systemd's MemoryMax=) where the payload needs it"};
}

Found unoptimised_workload(const Evidence& evidence) {
  const auto& names = evidence.build("/unoptimised_workloads");
  if (!names.is_array()) return {};
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name.get<std::string>();
  return Finding{"unoptimised_workload", kWarning, "Compiled without optimisation: " + list + ".",
                 "its time, and what parallelism gains by it, are not those of the program that you will run",
                 "Build it with breakeven_add(), or with -O2"};
}

Found debug_library(const Evidence& evidence) {
  if (evidence.machine("/libraries/benchmark/build_type") != "debug") return {};
  return Finding{
      "debug_library", kNote, "The installed Google Benchmark says that it is a debug build.",
      "its assertions run between iterations, not inside the timed region: nothing is added to a time",
      "None needed; a release build of it silences this"};
}

}  // namespace

const std::vector<Rule>& system_rules() {
  static const std::vector<Rule> rules = {
      load,           debug_program, environment, memory_limit, unoptimised_workload, clocksource, container,
      swapped_memory, aslr,          huge_pages,  counters,     debug_library};
  return rules;
}

}  // namespace breakeven
