// How the CPUs and caches of this machine lie, by hwloc, as one JSON object: bench/machine/topology.h reads it.
//
//   breakeven_topology [--synthetic "package:2 core:32 pu:2"] [--slower CPUS]
//
// The options describe another machine, for tests: hwloc's synthetic text, and the CPUs whose kind is less powerful.
// Everything online is told, allowed or not: what this process may use is the caller's affinity mask.
#include <hwloc.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

namespace {

using Json = nlohmann::json;

void check(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string("hwloc: ") + what + ": " + std::strerror(errno));
}

class Topology {
 public:
  Topology(int argc, char** argv) {
    check(hwloc_topology_init(&topology_), "no topology");
    hwloc_topology_set_flags(topology_, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    // It would move this process over all CPUs to ask each; Linux tells the same in its files.
    hwloc_topology_set_components(topology_, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
    if (const char* text = option(argc, argv, "--synthetic"))
      check(hwloc_topology_set_synthetic(topology_, text), text);
    hwloc_topology_set_icache_types_filter(topology_, HWLOC_TYPE_FILTER_KEEP_ALL);
    check(hwloc_topology_load(topology_), "cannot load the topology");
    if (const char* slower = option(argc, argv, "--slower")) set_slower(slower);
  }
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;
  ~Topology() { hwloc_topology_destroy(topology_); }

  Json to_json() const { return {{"cpus", cpus()}, {"caches", caches()}}; }

 private:
  static const char* option(int argc, char** argv, std::string_view name) {
    for (int i = 1; i + 1 < argc; ++i) {
      if (argv[i] == name) return argv[i + 1];
    }
    return nullptr;
  }

  void set_slower(const char* list) {
    const auto rest = hwloc_bitmap_dup(hwloc_topology_get_topology_cpuset(topology_));
    const auto slower = hwloc_bitmap_alloc();
    check(hwloc_bitmap_list_sscanf(slower, list), list);
    hwloc_bitmap_andnot(rest, rest, slower);
    check(hwloc_cpukinds_register(topology_, slower, 0, 0, nullptr, 0), "no kind");
    check(hwloc_cpukinds_register(topology_, rest, 1, 0, nullptr, 0), "no kind");
    hwloc_bitmap_free(slower);
    hwloc_bitmap_free(rest);
  }

  Json number_of(hwloc_obj_t cpu, hwloc_obj_type_t type) const {
    const auto object = hwloc_get_ancestor_obj_by_type(topology_, type, cpu);
    return object && object->os_index != HWLOC_UNKNOWN_INDEX ? Json(object->os_index) : Json();
  }

  // The least CPU of its core: equal for SMT siblings alone, where the system's own numbers repeat in each package.
  Json core_of(hwloc_obj_t cpu) const {
    const auto core = hwloc_get_ancestor_obj_by_type(topology_, HWLOC_OBJ_CORE, cpu);
    return core ? Json(hwloc_bitmap_first(core->cpuset)) : Json();
  }

  Json node_of(hwloc_obj_t cpu) const {
    const int node = hwloc_bitmap_first(cpu->nodeset);
    return node >= 0 ? Json(node) : Json();
  }

  // The higher, the more powerful; null where all are alike or nobody knows.
  Json kind_of(hwloc_obj_t cpu) const {
    if (hwloc_cpukinds_get_nr(topology_, 0) < 2) return nullptr;
    int efficiency = -1;
    const int kind = hwloc_cpukinds_get_by_cpuset(topology_, cpu->cpuset, 0);
    if (kind < 0 || hwloc_cpukinds_get_info(topology_, static_cast<unsigned>(kind), nullptr, &efficiency,
                                            nullptr, nullptr, 0) < 0)
      return nullptr;
    return efficiency >= 0 ? Json(efficiency) : Json();
  }

  Json cpus() const {
    Json list = Json::array();
    for (hwloc_obj_t cpu = nullptr; (cpu = hwloc_get_next_obj_by_type(topology_, HWLOC_OBJ_PU, cpu));) {
      list.push_back({{"cpu", cpu->os_index},
                      {"core", core_of(cpu)},
                      {"package", number_of(cpu, HWLOC_OBJ_PACKAGE)},
                      {"node", node_of(cpu)},
                      {"kind", kind_of(cpu)}});
    }
    return list;
  }

  Json caches() const {
    Json list = Json::array();
    for (int depth = hwloc_topology_get_depth(topology_) - 1; depth >= 0; --depth) {
      for (hwloc_obj_t cache = nullptr; (cache = hwloc_get_next_obj_by_depth(topology_, depth, cache));) {
        if (!hwloc_obj_type_is_cache(cache->type)) continue;
        const auto& found = cache->attr->cache;
        const char* types[] = {"Unified", "Data", "Instruction"};
        char* shared = nullptr;
        check(hwloc_bitmap_list_asprintf(&shared, cache->cpuset), "no list");
        const std::unique_ptr<char, void (*)(void*)> freed(shared, std::free);
        Json members = Json::array();
        int cpu;
        hwloc_bitmap_foreach_begin(cpu, cache->cpuset) members.push_back(cpu);
        hwloc_bitmap_foreach_end();
        list.push_back({{"level", found.depth},
                        {"type", types[found.type]},
                        {"size_bytes", found.size ? Json(found.size) : Json()},
                        {"line_bytes", found.linesize ? Json(found.linesize) : Json()},
                        {"shared_by", shared},
                        {"cpus", members}});
      }
    }
    return list;
  }

  hwloc_topology_t topology_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
  ::setenv("HWLOC_HIDE_ERRORS", "2",
           0);  // it complains of a missing /sys, and tells what it knows all the same
  try {
    std::cout << Topology(argc, argv).to_json() << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
