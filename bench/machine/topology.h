// Which CPUs this process may use, and where they lie in the machine.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "bench/machine/system_files.h"

namespace breakeven {

// One CPU as the scheduler sees it (a hardware thread). nullopt where the system does not say.
struct Cpu {
  int id = 0;
  std::optional<int> core = {};     // the least id among the CPUs of its core: equal for SMT siblings alone
  std::optional<int> package = {};  // socket
  std::optional<int> node = {};     // NUMA node

  bool operator==(const Cpu&) const = default;
};

// The ids in the calling thread's affinity mask, ascending, for machines of any size. Offline CPUs are not in
// it. Linux: sched_getaffinity. Never empty.
std::vector<int> affinity_mask();

// Each id with its place, from /sys/devices/system/cpu.
std::vector<Cpu> locate_cpus(const std::vector<int>& ids, const SystemFiles& files = SystemFiles());

// The CPUs of the affinity mask with their places. Thread-safe.
std::vector<Cpu> allowed_cpus();

// Binds the calling thread to one CPU. False where the system refuses. Linux: sched_setaffinity.
bool pin_this_thread(int cpu);

// The kernel's lists: "0-3,8" is 0, 1, 2, 3, 8. Empty where the text is no such list.
std::vector<int> parse_cpu_list(std::string_view text);

}  // namespace breakeven
