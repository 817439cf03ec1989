#include "bench/machine/topology.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

namespace breakeven {
namespace {

constexpr int kMostCpus = 1 << 16;  // far above any kernel's NR_CPUS; bounds the search for the mask's size

std::optional<int> small_number(const std::optional<std::int64_t>& value) {
  if (!value || *value < 0) return std::nullopt;  // the kernel writes -1 for what it does not know
  return static_cast<int>(*value);
}

std::optional<int> first_sibling(const SystemFiles& files, const std::string& topology) {
  // `core_cpus_list` is the newer name. `core_id` will not do: it is unique within a package or die only.
  for (const auto* name : {"core_cpus_list", "thread_siblings_list"}) {
    const auto siblings = parse_cpu_list(files.text(topology + name).value_or(""));
    if (!siblings.empty()) return siblings.front();
  }
  return std::nullopt;
}

std::optional<int> node_of(const SystemFiles& files, const std::string& cpu) {
  constexpr std::string_view kPrefix = "node";
  for (const auto& name : files.names_in(cpu)) {
    int node = 0;
    const auto* end = name.data() + name.size();
    if (name.starts_with(kPrefix) && std::from_chars(name.data() + kPrefix.size(), end, node).ptr == end &&
        name.size() > kPrefix.size())
      return node;
  }
  return std::nullopt;
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

std::vector<Cpu> locate_cpus(const std::vector<int>& ids, const SystemFiles& files) {
  std::vector<Cpu> cpus;
  for (const int id : ids) {
    const auto folder = "/sys/devices/system/cpu/cpu" + std::to_string(id) + "/";
    cpus.push_back({.id = id,
                    .core = first_sibling(files, folder + "topology/"),
                    .package = small_number(files.integer(folder + "topology/physical_package_id")),
                    .node = node_of(files, folder)});
  }
  return cpus;
}

bool pin_this_thread(int cpu) {
  const auto mask = make_mask(cpu + 1);
  const auto bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpu) + 1);
  CPU_ZERO_S(bytes, mask.get());
  CPU_SET_S(static_cast<std::size_t>(cpu), bytes, mask.get());
  return ::sched_setaffinity(0, bytes, mask.get()) == 0;
}

std::vector<Cpu> allowed_cpus() { return locate_cpus(affinity_mask()); }

std::vector<int> parse_cpu_list(std::string_view text) {
  std::vector<int> ids;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&](int& value) {
    const auto [behind, error] = std::from_chars(at, end, value);
    at = behind;
    return error == std::errc{} && value >= 0 && value < kMostCpus;
  };
  while (at < end) {
    int first = 0;
    if (!ids.empty() && *at++ != ',') return {};
    if (!number(first)) return {};
    int last = first;
    if (at < end && *at == '-' && (++at, !number(last) || last < first)) return {};
    for (int id = first; id <= last; ++id) ids.push_back(id);
  }
  return ids;
}

}  // namespace breakeven
