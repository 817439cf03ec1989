#include "bench/machine.h"

#include <benchmark/benchmark.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "bench/build_info.h"

namespace breakeven {
namespace {

// The value behind "key:" in files such as /proc/cpuinfo; empty where there is none.
std::string field_of(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const auto value = line.find_first_not_of(" \t", line.find(':') + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

// The tightest CPU quota from this process's cgroup (version 2) up to the root, in CPUs.
std::optional<double> cgroup_quota() {
  std::ifstream membership("/proc/self/cgroup");
  std::string group;
  for (std::string line; std::getline(membership, line);) {
    if (line.starts_with("0::")) group = line.substr(3);
  }
  std::optional<double> least;
  while (true) {
    std::ifstream limit("/sys/fs/cgroup" + group + "/cpu.max");
    std::string quota;
    double period = 0;
    if (limit >> quota >> period && quota != "max" && period > 0) {
      const double cpus = std::stod(quota) / period;
      least = least ? std::min(*least, cpus) : cpus;
    }
    if (group.empty() || group == "/") return least;
    group.erase(group.rfind('/'));
  }
}

Json caches(const benchmark::CPUInfo& cpu) {
  Json list = Json::array();
  for (const auto& cache : cpu.caches) {
    list.push_back({{"type", cache.type},
                    {"level", cache.level},
                    {"size", cache.size},
                    {"num_sharing", cache.num_sharing}});
  }
  return list;
}

}  // namespace

unsigned usable_cores() {
  cpu_set_t mask;
  double cores = std::max(1u, std::thread::hardware_concurrency());
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) cores = CPU_COUNT(&mask);
  if (const auto quota = cgroup_quota()) cores = std::min(cores, std::ceil(*quota));
  return std::max(1u, static_cast<unsigned>(cores));
}

std::uint64_t available_memory() {
  std::istringstream text(field_of("/proc/meminfo", "MemAvailable"));
  std::uint64_t kibibytes = 0;
  text >> kibibytes;
  return kibibytes * 1024;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S+00:00", std::gmtime(&now));
  return text;
}

Json machine_context(const std::string& executable) {
  const auto& cpu = benchmark::CPUInfo::Get();
  utsname kernel{};
  ::uname(&kernel);
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
  return {{"date", utc_now()},
          {"host_name", host},
          {"executable", executable},
          {"num_cpus", cpu.num_cpus},
          {"mhz_per_cpu", static_cast<int>(cpu.cycles_per_second / 1e6 + 0.5)},
          {"cpu_scaling_enabled", cpu.scaling == benchmark::CPUInfo::ENABLED},
          {"caches", caches(cpu)},
          {"load_avg", cpu.load_avg},
          {"library_build_type", kBuildIsRelease ? "release" : "debug"},
          {"breakeven",
           {{"schema", kSchemaVersion},
            {"version", kVersion},
            {"git_revision", kGitRevision},
            {"compiler", kCompiler},
            {"flags", kFlags},
            {"build_type", kBuildType},
            {"machine",
             {{"cpu", field_of("/proc/cpuinfo", "model name")},
              {"cores", cpu.num_cpus},
              {"workers_default", usable_cores()},
              {"memory_bytes", pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))},
              {"kernel", std::string(kernel.sysname) + " " + kernel.release},
              {"architecture", kernel.machine},
              {"libc", std::string("glibc ") + ::gnu_get_libc_version()}}}}}};
}

}  // namespace breakeven
