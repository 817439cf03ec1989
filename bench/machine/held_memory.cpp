#include "bench/machine/held_memory.h"

#include <unistd.h>

#include <sstream>
#include <string>
#include <vector>

#include "bench/machine/proc_file.h"
#include "bench/machine/system_files.h"

namespace breakeven {
namespace {

constexpr std::uint64_t kKibibyte = 1024;

// Appends the children of every thread of the process; false where the kernel does not tell.
bool add_children(const std::string& folder, std::vector<std::string>& processes) {
  const auto tasks = folder + "/task/";
  const auto threads = SystemFiles().names_in(tasks);
  if (threads.empty()) return false;
  for (const auto& thread : threads) {
    const auto text = read_small_file(std::string(tasks).append(thread).append("/children"));
    if (!text) return false;
    std::istringstream words(*text);
    for (std::string child; words >> child;) processes.push_back("/proc/" + child);
  }
  return true;
}

std::optional<std::uint64_t> pss_bytes(const std::string& folder) {
  const auto text = read_small_file(folder + "/smaps_rollup");
  const auto pss = text ? keyed_number(*text, "Pss") : std::nullopt;
  return pss ? std::optional(*pss * kKibibyte) : std::nullopt;
}

std::string this_process() { return "/proc/" + std::to_string(::getpid()); }

}  // namespace

std::optional<HeldMemory> held_memory() {
  std::vector<std::string> processes = {this_process()};
  HeldMemory held;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const auto folder = processes[i];
    if (!add_children(folder, processes)) return std::nullopt;
    const auto pss = pss_bytes(folder);
    if (!pss) return std::nullopt;
    held.pss_bytes += *pss;
    held.processes += 1;
  }
  return held;
}

HeldMemory held_by_descendants() {
  std::vector<std::string> processes;
  add_children(this_process(), processes);
  HeldMemory held;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const auto folder = processes[i];
    add_children(folder, processes);
    if (const auto pss = pss_bytes(folder)) {
      held.pss_bytes += *pss;
      held.processes += 1;
    }
  }
  return held;
}

}  // namespace breakeven
