#include "bench/machine/usage.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "bench/machine/cpu_clock.h"
#include "bench/machine/proc_file.h"

namespace breakeven {
namespace {

using Number = std::optional<std::uint64_t>;

void add(Usage& usage, const rusage& used) {
  usage.voluntary_switches += static_cast<std::uint64_t>(used.ru_nvcsw);
  usage.involuntary_switches += static_cast<std::uint64_t>(used.ru_nivcsw);
  usage.minor_faults += static_cast<std::uint64_t>(used.ru_minflt);
  usage.major_faults += static_cast<std::uint64_t>(used.ru_majflt);
}

void add_live_process(Usage& usage, pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid);
  if (const auto status = read_small_file(folder + "/status")) {
    usage.voluntary_switches += keyed_number(*status, "voluntary_ctxt_switches").value_or(0);
    usage.involuntary_switches += keyed_number(*status, "nonvoluntary_ctxt_switches").value_or(0);
  }
  if (const auto stat = read_small_file(folder + "/stat")) {
    // Behind the name in brackets, which may hold anything: state ppid pgrp session tty tpgid flags
    // minflt cminflt majflt.
    const auto rest = stat->substr(std::min(stat->rfind(')') + 1, stat->size()));
    usage.minor_faults += word_number(rest, 7).value_or(0);
    usage.major_faults += word_number(rest, 9).value_or(0);
  }
}

// The second of three numbers: ns on a run queue. All zeros where the kernel keeps no statistics.
Number run_delay(const std::string& folder) {
  const auto text = read_small_file(folder + "/schedstat");
  if (!text || word_number(*text, 2).value_or(0) == 0) return std::nullopt;
  return word_number(*text, 1);
}

std::vector<pid_t> other_threads() {
  std::vector<pid_t> threads;
  DIR* folder = ::opendir("/proc/self/task");
  if (!folder) return threads;
  while (const dirent* entry = ::readdir(folder)) {
    const auto id = static_cast<pid_t>(std::atoi(entry->d_name));
    if (id > 0 && id != ::getpid()) threads.push_back(id);
  }
  ::closedir(folder);
  return threads;
}

std::uint64_t thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// What every worker that lived at both ends waited; null where one cannot be told.
Json worker_delay(const Usage& before, const Usage& after) {
  std::uint64_t sum = 0;
  if (after.workers_run_delay_ns.empty()) return {};
  for (const auto& [worker, end] : after.workers_run_delay_ns) {
    const auto start = before.workers_run_delay_ns.find(worker);
    if (!end || start == before.workers_run_delay_ns.end() || !start->second) return {};
    sum += *end - *start->second;
  }
  return sum;
}

}  // namespace

Usage read_usage(const std::vector<WorkerId>& workers) {
  const auto start = std::chrono::steady_clock::now();
  Usage usage;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) add(usage, used);
  if (::getrusage(RUSAGE_CHILDREN, &used) == 0) add(usage, used);
  for (const auto id : other_threads())
    usage.workers_run_delay_ns[id] = run_delay("/proc/self/task/" + std::to_string(id));
  for (const auto& worker : workers) {
    if (worker.kind != WorkerId::Kind::kProcess) continue;
    add_live_process(usage, worker.id);
    usage.workers_run_delay_ns[worker.id] = run_delay("/proc/" + std::to_string(worker.id));
  }
  usage.caller_run_delay_ns = run_delay("/proc/self/task/" + std::to_string(::getpid()));
  usage.total_cpu_ns = static_cast<std::uint64_t>(cpu_time(workers).count());
  usage.caller_cpu_ns = thread_cpu_ns();
  usage.usage_ns = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - start).count());
  return usage;
}

Json usage_between(const Usage& before, const Usage& after) {
  const auto caller_cpu = after.caller_cpu_ns - before.caller_cpu_ns;
  const auto total_cpu = after.total_cpu_ns - before.total_cpu_ns;
  const bool delay_known = before.caller_run_delay_ns && after.caller_run_delay_ns;
  return {{"voluntary_switches", after.voluntary_switches - before.voluntary_switches},
          {"involuntary_switches", after.involuntary_switches - before.involuntary_switches},
          {"minor_faults", after.minor_faults - before.minor_faults},
          {"major_faults", after.major_faults - before.major_faults},
          {"caller_cpu_ns", caller_cpu},
          {"workers_cpu_ns", total_cpu > caller_cpu ? total_cpu - caller_cpu : 0},
          {"caller_run_delay_ns",
           delay_known ? Json(*after.caller_run_delay_ns - *before.caller_run_delay_ns) : Json()},
          {"workers_run_delay_ns", worker_delay(before, after)},
          {"usage_ns", before.usage_ns + after.usage_ns}};
}

}  // namespace breakeven
