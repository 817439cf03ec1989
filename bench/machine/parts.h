// The parts of a machine's description, as they stand in context.breakeven.machine; docs/format.md
// gives the meaning of each field. Null stands for what cannot be read. All are thread-safe and cheap:
// a few small files.
#pragma once

#include <optional>

#include "bench/machine/sources.h"
#include "bench/text/json_reader.h"

namespace breakeven {

Json cpu_model(const SystemFiles& files);          // a name, or null
Json topology_json(const Sources& sources);        // sockets, cores, CPUs, SMT, NUMA, the affinity mask
Json caches_json(const Sources& sources);          // of the first CPU of the mask
Json frequency_json(const Sources& sources);       // governor, turbo, driver, limits
Json virtualization_json(const Sources& sources);  // hypervisor, steal since boot
Json container_name(const SystemFiles& files);     // "docker", ...; null: no sign of one
Json kernel_json(const SystemFiles& files);        // randomisation, huge pages, clock, counters
Json memory_json(const SystemFiles& files);        // size, swap
Json load_json(const SystemFiles& files);          // load averages, runnable now
Json on_battery(const SystemFiles& files);         // true, false or null
Json runtime_environment();                        // variables that change what a runtime does
Json libraries_json();                             // versions and build types of what this program is made of

// The path of a file below /sys/devices/system/cpu, or below one CPU's folder in it.
std::string cpu_path(const std::string& file);
std::string cpu_path(int cpu, const std::string& file);

// The optional's value, or null.
template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace breakeven
