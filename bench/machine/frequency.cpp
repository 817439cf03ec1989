// Who sets the clock of the CPUs, and whether one that is alone may run faster; and what feeds them.
#include <set>

#include "bench/machine/parts.h"

namespace breakeven {
namespace {

// The different values of one file of cpufreq over the CPUs of the mask; null where none can be read.
Json values_of(const Sources& sources, const std::string& file) {
  std::set<std::string> values;
  for (const int cpu : sources.affinity) {
    if (const auto text = sources.files.text(cpu_path(cpu, "cpufreq/" + file))) values.insert(*text);
  }
  return values.empty() ? Json() : Json(values);
}

Json megahertz(const Sources& sources, const std::string& file) {
  if (sources.affinity.empty()) return nullptr;
  const auto path = cpu_path(sources.affinity.front(), "cpufreq/" + file);
  const auto khz = sources.files.integer(path);
  return khz ? Json(static_cast<double>(*khz) / 1000) : Json();
}

}  // namespace

Json frequency_json(const Sources& sources) {
  Json turbo, turbo_switch;
  // The switch of Intel's driver says "no turbo", that of the others "boost".
  for (const auto* file : {"intel_pstate/no_turbo", "cpufreq/boost"}) {
    const auto path = cpu_path(file);
    if (const auto value = sources.files.integer(path); value && turbo.is_null()) {
      turbo = (*value != 0) == path.ends_with("boost");
      turbo_switch = path;
    }
  }
  return {{"driver", or_null(sources.files.text(cpu_path(0, "cpufreq/scaling_driver")))},
          {"governors", values_of(sources, "scaling_governor")},
          {"energy_preferences", values_of(sources, "energy_performance_preference")},
          {"min_mhz", megahertz(sources, "cpuinfo_min_freq")},
          {"max_mhz", megahertz(sources, "cpuinfo_max_freq")},
          {"turbo", turbo},
          {"turbo_switch", turbo_switch}};
}

Json on_battery(const SystemFiles& files) {
  const std::string folder = "/sys/class/power_supply/";
  Json battery;
  for (const auto& name : files.names_in(folder)) {
    const auto type = files.text(folder + name + "/type").value_or("");
    if (type == "Mains") {
      if (const auto online = files.integer(folder + name + "/online")) {
        if (*online == 1) return false;
        battery = true;
      }
    } else if (type == "Battery" && files.text(folder + name + "/scope").value_or("") != "Device") {
      // "Device": the battery of a mouse.
      const auto status = files.text(folder + name + "/status").value_or("");
      if (status == "Discharging") battery = true;
      if (battery.is_null() && (status == "Charging" || status == "Full" || status == "Not charging"))
        battery = false;
    }
  }
  return battery;
}

}  // namespace breakeven
