#include "bench/machine/cgroup.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace breakeven {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool has(const std::string& controllers, const std::string& controller) {
  const auto names = split(controllers, ',');
  return std::ranges::find(names, controller) != names.end();
}

// A hierarchy that a controller limits: where it is mounted, and this process's group below that.
struct Hierarchy {
  std::string mount, group;
};

// Where a hierarchy is mounted. Lines of mountinfo: "id parent dev ROOT MOUNT options [tags] - TYPE source
// SUPER". ROOT is the group that MOUNT shows: in a container without a cgroup namespace, the container's own.
std::optional<Hierarchy> mounted(const SystemFiles& files, const std::string& controller, bool v2,
                                 std::string group) {
  for (const auto& line : split(files.text("/proc/self/mountinfo").value_or(""), '\n')) {
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto place = split(line.substr(0, dash), ' ');
    const auto type = split(line.substr(dash + 3), ' ');
    if (place.size() < 5 || type.size() < 3) continue;
    if (v2 ? type[0] != "cgroup2" : type[0] != "cgroup" || !has(type[2], controller)) continue;
    const auto& root = place[3];
    if (root != "/" && group.starts_with(root)) group.erase(0, root.size());
    return Hierarchy{.mount = place[4], .group = group == "/" ? "" : group};
  }
  return std::nullopt;
}

std::optional<double> quota_of_group(const SystemFiles& files, const std::string& folder) {
  const auto text = [&](const char* file) { return files.text(folder + file).value_or(""); };
  const auto version_1 = text("/cpu.cfs_quota_us") + " " + text("/cpu.cfs_period_us");
  std::istringstream words(files.text(folder + "/cpu.max").value_or(version_1));
  double quota_us = 0, period_us = 0;  // "max" and -1 stand for no quota
  words >> quota_us >> period_us;
  return quota_us > 0 && period_us > 0 ? std::optional(quota_us / period_us) : std::nullopt;
}

}  // namespace

std::vector<std::string> groups_of(const std::string& controller, const SystemFiles& files) {
  std::vector<std::string> folders;
  // Lines: "0::/group" of version 2, "3:cpu,cpuacct:/group" of version 1; a group's name may hold colons.
  for (const auto& line : split(files.text("/proc/self/cgroup").value_or(""), '\n')) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && !has(controllers, controller)) continue;
    auto hierarchy = mounted(files, controller, controllers.empty(), line.substr(second + 1));
    if (!hierarchy) continue;
    auto& [mount, group] = *hierarchy;
    folders.push_back(mount + group);
    while (group.find('/') != std::string::npos) {
      group.erase(group.rfind('/'));
      folders.push_back(mount + group);
    }
  }
  return folders;
}

std::optional<double> cgroup_quota(const SystemFiles& files) {
  std::optional<double> least;
  for (const auto& folder : groups_of("cpu", files)) {
    if (const auto cpus = quota_of_group(files, folder)) least = std::min(least.value_or(*cpus), *cpus);
  }
  return least;
}

std::optional<MemoryLimit> cgroup_memory(const SystemFiles& files) {
  std::optional<MemoryLimit> least;
  for (const auto& folder : groups_of("memory", files)) {
    const auto read = [&](const char* v2, const char* v1) {
      const auto value = files.integer(folder + v2);
      return value ? value : files.integer(folder + v1);
    };
    const auto limit = read("/memory.max", "/memory.limit_in_bytes");  // "max" is no number
    if (!limit || *limit <= 0 || *limit > std::int64_t{1} << 60)
      continue;  // version 1 has a huge one for none
    const auto used = read("/memory.current", "/memory.usage_in_bytes").value_or(0);
    const MemoryLimit own{static_cast<std::uint64_t>(*limit),
                          static_cast<std::uint64_t>(std::max<std::int64_t>(used, 0))};
    if (!least || own.left() < least->left()) least = own;
  }
  return least;
}

}  // namespace breakeven
