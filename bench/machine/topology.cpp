#include "bench/machine/topology.h"

#include <sched.h>

#include <algorithm>
#include <memory>
#include <string>

#include "bench/installation/command.h"
#include "bench/installation/home.h"

namespace breakeven {
namespace {

constexpr int kMostCpus = 1 << 16;  // far above any kernel's NR_CPUS; bounds the search for the mask's size

std::optional<int> number_at(const Json& object, const char* key) {
  const Json value = object.value(key, Json());
  return value.is_number_integer() ? std::optional(value.get<int>()) : std::nullopt;
}

using Mask = std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)>;

Mask make_mask(int cpus) {
  return {CPU_ALLOC(static_cast<std::size_t>(cpus)), [](cpu_set_t* set) { CPU_FREE(set); }};
}

}  // namespace

std::vector<int> affinity_mask() {
  for (int cpus = CPU_SETSIZE; cpus <= kMostCpus; cpus *= 2) {  // EINVAL: the kernel's mask is wider
    const auto mask = make_mask(cpus);
    const auto bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    if (::sched_getaffinity(0, bytes, mask.get()) != 0) continue;
    std::vector<int> ids;
    for (int id = 0; id < cpus; ++id) {
      if (CPU_ISSET_S(static_cast<std::size_t>(id), bytes, mask.get())) ids.push_back(id);
    }
    if (!ids.empty()) return ids;
  }
  return {std::max(0, ::sched_getcpu())};  // the one that certainly runs this
}

Topology read_topology(const std::vector<std::string>& options) {
  std::vector<std::string> command = {home("../../lib/breakeven/breakeven_topology")};
  command.insert(command.end(), options.begin(), options.end());
  const auto [text, good] = output_of(command);
  if (!good) {
    throw UsageError("the machine's topology cannot be read: " + text +
                     "; install hwloc's library (Debian, Ubuntu: libhwloc15), or breakeven anew");
  }
  // Its last line: a library may have complained before.
  const Json said = parse_json(text.substr(text.rfind('\n') + 1), command.front());
  Topology topology{.cpus = {}, .caches = said.at("caches")};
  for (const auto& cpu : said.at("cpus")) {
    topology.cpus.push_back({.id = cpu.at("cpu"),
                             .core = number_at(cpu, "core"),
                             .package = number_at(cpu, "package"),
                             .node = number_at(cpu, "node"),
                             .kind = number_at(cpu, "kind")});
  }
  std::ranges::sort(topology.cpus, {}, &Cpu::id);
  return topology;
}

const Topology& this_topology() {
  static const Topology topology = read_topology();
  return topology;
}

std::vector<Cpu> Topology::places_of(const std::vector<int>& ids) const {
  std::vector<Cpu> places;
  for (const int id : ids) {
    const auto found = std::ranges::find(cpus, id, &Cpu::id);
    places.push_back(found == cpus.end() ? Cpu{.id = id} : *found);
  }
  return places;
}

bool pin_this_thread(int cpu) {
  const auto mask = make_mask(cpu + 1);
  const auto bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpu) + 1);
  CPU_ZERO_S(bytes, mask.get());
  CPU_SET_S(static_cast<std::size_t>(cpu), bytes, mask.get());
  return ::sched_setaffinity(0, bytes, mask.get()) == 0;
}

std::vector<Cpu> allowed_cpus() { return this_topology().places_of(affinity_mask()); }

}  // namespace breakeven
