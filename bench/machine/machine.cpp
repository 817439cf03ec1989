#include "bench/machine/machine.h"

#include <benchmark/benchmark.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <sstream>

#include "bench/installation/build_info.h"
#include "bench/machine/cgroup.h"
#include "bench/machine/hardware_counters.h"
#include "bench/machine/parts.h"

namespace breakeven {
namespace {

Json google_caches(const benchmark::CPUInfo& cpu) {
  Json list = Json::array();
  for (const auto& cache : cpu.caches) {
    list.push_back({{"type", cache.type},
                    {"level", cache.level},
                    {"size", cache.size},
                    {"num_sharing", cache.num_sharing}});
  }
  return list;
}

std::string architecture() {
  utsname kernel{};
  ::uname(&kernel);
  return kernel.machine;
}

}  // namespace

unsigned usable_cores(const Sources& sources) {
  auto cores = static_cast<double>(sources.affinity.size());
  if (const auto quota = cgroup_quota(sources.files)) cores = std::min(cores, std::ceil(*quota));
  return std::max(1u, static_cast<unsigned>(cores));
}

std::uint64_t available_memory() {
  std::istringstream text(SystemFiles().field("/proc/meminfo", "MemAvailable").value_or(""));
  std::uint64_t kibibytes = 0;
  text >> kibibytes;
  const auto limit = cgroup_memory();
  return limit ? std::min(kibibytes * 1024, limit->left()) : kibibytes * 1024;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S+00:00", std::gmtime(&now));
  return text;
}

Json capture_machine(const Sources& sources) {
  Json topology = topology_json(sources), libraries = libraries_json();
  const auto memory_limit = cgroup_memory(sources.files);
  const auto online = topology["online_cpus"];
  Json machine = {{"cpu", cpu_model(sources.files)},
                  {"cores", online.is_null() ? Json(sources.affinity.size()) : online},
                  {"workers_default", usable_cores(sources)},
                  {"quota_cpus", or_null(cgroup_quota(sources.files))},
                  {"memory_limit_bytes", memory_limit ? Json(memory_limit->limit) : Json()},
                  {"environment", runtime_environment()},
                  {"architecture", architecture()},
                  {"libc", libraries["libc"]},
                  {"topology", topology},
                  {"caches", caches_json(sources)},
                  {"frequency", frequency_json(sources)},
                  {"container", container_name(sources.files)},
                  {"on_battery", on_battery(sources.files)},
                  {"load", load_json(sources.files)},
                  {"hardware_counters_unavailable", or_null(why_no_hardware_counters())},
                  {"libraries", libraries}};
  machine.update(virtualization_json(sources));
  machine.update(kernel_json(sources.files));
  machine.update(memory_json(sources.files));
  return machine;
}

Json machine_context(const std::string& executable) {
  const auto& cpu = benchmark::CPUInfo::Get();
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  Json context = {{"date", utc_now()},
                  {"host_name", host},
                  {"executable", executable},
                  {"num_cpus", cpu.num_cpus},
                  {"mhz_per_cpu", std::lround(cpu.cycles_per_second / 1e6)},
                  {"cpu_scaling_enabled", cpu.scaling == benchmark::CPUInfo::ENABLED},
                  {"caches", google_caches(cpu)},
                  {"load_avg", cpu.load_avg},
                  {"library_build_type", kBuildIsRelease ? "release" : "debug"},
                  {"breakeven",
                   {{"schema", kSchemaVersion},
                    {"version", kVersion},
                    {"git_revision", kGitRevision},
                    {"compiler", kCompiler},
                    {"flags", kFlags},
                    {"build_type", kBuildType},
                    {"machine", capture_machine()}}}};
  if (workload_flags()) context["breakeven"]["workload_flags"] = workload_flags();
  return context;
}

}  // namespace breakeven
