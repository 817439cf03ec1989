// Which CPUs this process may use, and where they lie in the machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/text/json_reader.h"

namespace breakeven {

// One CPU as the scheduler sees it (a hardware thread). nullopt where the system does not say.
struct Cpu {
  int id = 0;
  std::optional<int> core = {};     // the least id among the CPUs of its core: equal for SMT siblings alone
  std::optional<int> package = {};  // socket
  std::optional<int> node = {};     // NUMA node
  std::optional<int> kind = {};     // the higher, the more powerful; none where all are alike

  bool operator==(const Cpu&) const = default;
};

// The ids in the calling thread's affinity mask, ascending, for machines of any size. Offline CPUs are not in
// it. Linux: sched_getaffinity. Never empty.
std::vector<int> affinity_mask();

struct Topology {         // NOLINT(bugprone-exception-escape): moving its parts does not throw
  std::vector<Cpu> cpus;  // online, by id, allowed or not
  Json caches;            // all of them, as docs/format.md has them, each with the list `cpus` that share it

  std::vector<Cpu> places_of(const std::vector<int>& ids) const;  // of one that is not there: its id alone
};

// As hwloc tells it to the program breakeven_topology, which takes these options. Throws UsageError that says what to
// install. Starts a process: some ms.
Topology read_topology(const std::vector<std::string>& options = {});

// This machine's, read once. Thread-safe.
const Topology& this_topology();

// The CPUs of the affinity mask with their places. Thread-safe.
std::vector<Cpu> allowed_cpus();

// Binds the calling thread to one CPU. False where the system refuses. Linux: sched_setaffinity.
bool pin_this_thread(int cpu);

}  // namespace breakeven
