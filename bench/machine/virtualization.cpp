// Who stands between this system and the processor: a hypervisor, a container.
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include <array>
#include <cstring>
#include <sstream>

#include "bench/machine/parts.h"

namespace breakeven {
namespace {

Json hypervisor_name(const Sources& sources) {
  constexpr std::array<std::array<const char*, 2>, 7> kNames = {{{"KVMKVMKVM", "KVM"},
                                                                 {"Linux KVM Hv", "KVM"},
                                                                 {"Microsoft Hv", "Hyper-V"},
                                                                 {"VMwareVMware", "VMware"},
                                                                 {"XenVMMXenVMM", "Xen"},
                                                                 {"TCGTCGTCGTCG", "QEMU"},
                                                                 {"VBoxVBoxVBox", "VirtualBox"}}};
  if (sources.hypervisor) {
    for (const auto& [signature, name] : kNames) {
      if (*sources.hypervisor == signature) return name;
    }
    return *sources.hypervisor;
  }
  if (const auto type = sources.files.text("/sys/hypervisor/type")) return *type;
  return nullptr;
}

// x86 says it among the flags of the processor. Elsewhere only a hypervisor that names itself is seen.
Json virtual_machine(const Sources& sources, const Json& hypervisor) {
  if (!hypervisor.is_null()) return true;
  const auto flags = sources.files.field("/proc/cpuinfo", "flags");
  if (!flags) return nullptr;
  return (" " + *flags + " ").find(" hypervisor ") != std::string::npos;
}

// Of all CPU time since boot, the share in which a CPU was ready to run but the host ran something else.
Json steal_share(const SystemFiles& files) {
  std::istringstream times(files.field("/proc/stat", "cpu").value_or(""));
  double total = 0, steal = 0, ticks = 0;
  int field = 0;
  for (; field < 8 && times >> ticks; ++field) {  // user nice system idle iowait irq softirq steal
    total += ticks;
    steal = ticks;
  }
  return field == 8 && total > 0 ? Json(steal / total) : Json();
}

}  // namespace

std::optional<std::string> hypervisor_signature() {
#if defined(__x86_64__) || defined(__i386__)
  constexpr unsigned kHypervisorBit = 1u << 31, kHypervisorLeaf = 0x40000000;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & kHypervisorBit)) return std::nullopt;
  __cpuid(kHypervisorLeaf, a, b, c, d);
  std::array<char, 13> text{};
  std::memcpy(text.data(), &b, 4);
  std::memcpy(text.data() + 4, &c, 4);
  std::memcpy(text.data() + 8, &d, 4);
  if (text[0] != '\0') return text.data();
#endif
  return std::nullopt;
}

Json virtualization_json(const Sources& sources) {
  const auto hypervisor = hypervisor_name(sources);
  return {{"virtual_machine", virtual_machine(sources, hypervisor)},
          {"hypervisor", hypervisor},
          {"steal_share_since_boot", steal_share(sources.files)}};
}

Json container_name(const SystemFiles& files) {
  if (files.exists("/.dockerenv")) return "docker";
  if (files.exists("/run/.containerenv")) return "podman";
  if (const auto name = files.text("/run/systemd/container")) return *name;
  const auto groups = files.text("/proc/1/cgroup").value_or("");
  for (const auto* name : {"kubepods", "docker", "containerd", "libpod", "lxc"}) {
    if (groups.find(name) != std::string::npos) return name;
  }
  return nullptr;
}

}  // namespace breakeven
