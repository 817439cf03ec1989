// The processor: its name, how its CPUs lie, its caches.
#include <algorithm>
#include <map>
#include <set>

#include "bench/machine/parts.h"

namespace breakeven {
namespace {

// How many different values; null where one is missing, for then the count would be a guess.
Json count_distinct(const std::vector<Cpu>& cpus, std::optional<int> Cpu::*field) {
  std::set<int> values;
  for (const auto& cpu : cpus) {
    if (!(cpu.*field)) return nullptr;
    values.insert(*(cpu.*field));
  }
  return values.empty() ? Json() : Json(values.size());
}

Json smt_active(const SystemFiles& files) {
  const auto active = files.integer(cpu_path("smt/active"));
  return active ? Json(*active == 1) : Json();
}

}  // namespace

std::string cpu_path(const std::string& file) { return std::string("/sys/devices/system/cpu/").append(file); }

std::string cpu_path(int cpu, const std::string& file) {
  return cpu_path("cpu").append(std::to_string(cpu)).append("/").append(file);
}

Json cpu_model(const SystemFiles& files) {
  if (const auto name = files.field("/proc/cpuinfo", "model name")) return *name;
  // ARM gives numbers only.
  const auto implementer = files.field("/proc/cpuinfo", "CPU implementer");
  const auto part = files.field("/proc/cpuinfo", "CPU part");
  return implementer && part ? Json("implementer " + *implementer + ", part " + *part) : Json();
}

Json topology_json(const Sources& sources) {
  const auto& cpus = sources.topology.cpus;
  Json places = Json::array();
  for (const auto& cpu : cpus) {
    places.push_back({{"cpu", cpu.id},
                      {"core", or_null(cpu.core)},
                      {"package", or_null(cpu.package)},
                      {"node", or_null(cpu.node)},
                      {"kind", or_null(cpu.kind)}});
  }
  return {{"packages", count_distinct(cpus, &Cpu::package)},
          {"physical_cores", count_distinct(cpus, &Cpu::core)},
          {"online_cpus", cpus.empty() ? Json() : Json(cpus.size())},
          {"numa_nodes", count_distinct(cpus, &Cpu::node)},
          {"smt_active", smt_active(sources.files)},
          {"smt_control", or_null(sources.files.text(cpu_path("smt/control")))},
          {"isolated", or_null(sources.files.text(cpu_path("isolated")))},
          {"affinity", sources.affinity},
          {"cpus", places}};
}

Json caches_json(const Sources& sources) {
  Json caches = Json::array();
  for (Json cache : sources.topology.caches) {
    const Json& cpus = cache.at("cpus");
    if (sources.affinity.empty() || std::ranges::find(cpus, Json(sources.affinity.front())) == cpus.end())
      continue;
    cache.erase("cpus");
    caches.push_back(cache);
  }
  return caches.empty() ? Json() : caches;
}

}  // namespace breakeven
