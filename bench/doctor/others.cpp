#include "bench/doctor/others.h"

#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace breakeven {
namespace {

double seconds_of(std::uint64_t ticks) {
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// "pid (name, with any characters) state ppid … utime stime …": fields 14 and 15.
std::optional<CpuTimes::Process> process_of(const std::string& stat) {
  const auto open = stat.find('('), close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  std::istringstream rest(stat.substr(close + 1));
  std::string skipped;
  std::uint64_t user = 0, system = 0;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  if (!(rest >> user >> system)) return std::nullopt;
  return CpuTimes::Process{.name = stat.substr(open + 1, close - open - 1), .ticks = user + system};
}

Json busiest(const CpuTimes& before, const CpuTimes& after, double elapsed_s, int self) {
  constexpr double kLeast = 0.02;
  constexpr std::size_t kMost = 3;
  std::vector<std::pair<double, int>> users;
  for (const auto& [pid, process] : after.processes) {
    const auto earlier = before.processes.find(pid);
    const auto since = earlier == before.processes.end() ? 0 : earlier->second.ticks;
    if (pid == self || process.ticks < since) continue;
    const double cpus = seconds_of(process.ticks - since) / elapsed_s;
    if (cpus >= kLeast) users.emplace_back(cpus, pid);
  }
  std::ranges::sort(users, std::greater());
  users.resize(std::min(users.size(), kMost));
  Json list = Json::array();
  for (const auto& [cpus, pid] : users)
    list.push_back({{"name", after.processes.at(pid).name}, {"pid", pid}, {"cpus", cpus}});
  return list;
}

}  // namespace

CpuTimes read_cpu_times(const SystemFiles& files) {
  CpuTimes times;
  std::istringstream total(files.field("/proc/stat", "cpu").value_or(""));
  std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  if (total >> user >> nice >> system >> idle >> iowait >> irq >> softirq) {
    times.busy = user + nice + system + irq + softirq;
    if (total >> steal) times.steal = steal;
  }
  for (const auto& name : files.names_in("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (auto process = process_of(files.text("/proc/" + name + "/stat").value_or("")))
      times.processes.emplace(std::stoi(name), std::move(*process));
  }
  return times;
}

Json compare_cpu_times(const CpuTimes& before, const CpuTimes& after, std::chrono::duration<double> elapsed,
                       double own_s, int self) {
  Json cpus, steal_share;
  if (before.busy && after.busy && *after.busy >= *before.busy) {
    const double busy_s = seconds_of(*after.busy - *before.busy);
    cpus = std::max(0.0, busy_s - own_s) / elapsed.count();
    if (before.steal && after.steal && *after.steal >= *before.steal) {
      const double steal_s = seconds_of(*after.steal - *before.steal);
      steal_share = busy_s + steal_s > 0 ? steal_s / (busy_s + steal_s) : 0.0;
    }
  }
  return {{"others", {{"cpus", cpus}, {"busiest", busiest(before, after, elapsed.count(), self)}}},
          {"steal_share", steal_share}};
}

}  // namespace breakeven
