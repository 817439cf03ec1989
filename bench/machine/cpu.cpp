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

// "32K", "16M" in bytes.
Json cache_bytes(const std::optional<std::string>& text) {
  if (!text || text->empty()) return nullptr;
  std::size_t end = 0;
  std::uint64_t size = 0;
  try {
    size = std::stoull(*text, &end);
  } catch (const std::exception&) {
    return nullptr;
  }
  const auto unit = text->substr(end);
  return unit == "K" ? Json(size << 10) : unit == "M" ? Json(size << 20) : unit.empty() ? Json(size) : Json();
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
  const auto online = parse_cpu_list(sources.files.text(cpu_path("online")).value_or(""));
  const auto cpus = locate_cpus(online, sources.files);
  Json places = Json::array();
  for (const auto& cpu : cpus) {
    places.push_back({{"cpu", cpu.id},
                      {"core", or_null(cpu.core)},
                      {"package", or_null(cpu.package)},
                      {"node", or_null(cpu.node)}});
  }
  return {{"packages", count_distinct(cpus, &Cpu::package)},
          {"physical_cores", count_distinct(cpus, &Cpu::core)},
          {"online_cpus", online.empty() ? Json() : Json(online.size())},
          {"numa_nodes", count_distinct(cpus, &Cpu::node)},
          {"smt_active", smt_active(sources.files)},
          {"smt_control", or_null(sources.files.text(cpu_path("smt/control")))},
          {"isolated", or_null(sources.files.text(cpu_path("isolated")))},
          {"affinity", sources.affinity},
          {"cpus", places}};
}

Json caches_json(const Sources& sources) {
  if (sources.affinity.empty()) return nullptr;
  const auto folder = cpu_path(sources.affinity.front(), "cache/");
  Json caches = Json::array();
  for (const auto& name : sources.files.names_in(folder)) {
    if (!name.starts_with("index")) continue;
    const auto read = [&](const char* file) { return sources.files.text(folder + name + "/" + file); };
    caches.push_back({{"level", or_null(sources.files.integer(folder + name + "/level"))},
                      {"type", or_null(read("type"))},
                      {"size_bytes", cache_bytes(read("size"))},
                      {"line_bytes", cache_bytes(read("coherency_line_size"))},
                      {"shared_by", or_null(read("shared_cpu_list"))}});
  }
  return caches.empty() ? Json() : caches;
}

}  // namespace breakeven
