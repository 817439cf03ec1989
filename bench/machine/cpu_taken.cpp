#include "bench/machine/cpu_taken.h"

#include <unistd.h>

#include <string>

#include "bench/machine/cgroup.h"
#include "bench/machine/proc_file.h"

namespace breakeven {
namespace {

// cpu.stat of the nearest group that counts, or empty; found once.
const std::string& throttling_file() {
  static const std::string found = [] {
    for (const auto& group : groups_of("cpu")) {
      auto file = group + "/cpu.stat";
      if (keyed_number(read_small_file(file).value_or(""), "nr_throttled")) return file;
    }
    return std::string();
  }();
  return found;
}

}  // namespace

std::optional<std::uint64_t> steal_ns() {
  static const auto tick_ns =
      std::uint64_t{1'000'000'000} / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const auto text = read_small_file("/proc/stat");
  // "cpu user nice system idle iowait irq softirq steal"
  const auto ticks = text ? word_number(*text, 8) : std::nullopt;
  return ticks ? std::optional(*ticks * tick_ns) : std::nullopt;
}

std::optional<std::uint64_t> throttled_ns() {
  if (throttling_file().empty()) return {};
  const auto text = read_small_file(throttling_file());
  if (!text) return {};
  if (const auto us = keyed_number(*text, "throttled_usec")) return *us * 1000;  // cgroup version 2
  return keyed_number(*text, "throttled_time");                                  // version 1: ns
}

}  // namespace breakeven
