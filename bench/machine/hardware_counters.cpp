#include "bench/machine/hardware_counters.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "bench/machine/proc_file.h"

namespace breakeven {
namespace {

int open_event(const CounterEvent& event) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.disabled = 1;
  attributes.inherit = 1;  // not in a group: inherited groups cannot be read on older kernels
  attributes.exclude_kernel = event.type == PERF_TYPE_HARDWARE;  // what paranoid level 2 still allows
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

const std::vector<CounterEvent>& hardware_events() {
  static const std::vector<CounterEvent> events = {
      {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
      {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
      {"cache_misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES}};
  return events;
}

HardwareCounters::HardwareCounters(const std::vector<CounterEvent>& events) {
  for (const auto& event : events) counters_.push_back({event.name, open_event(event)});
}

HardwareCounters::~HardwareCounters() {
  for (const auto& counter : counters_) {
    if (counter.fd >= 0) ::close(counter.fd);
  }
}

void HardwareCounters::resume() {
  for (const auto& counter : counters_) {
    if (counter.fd >= 0) ::ioctl(counter.fd, PERF_EVENT_IOC_ENABLE, 0);
  }
}

void HardwareCounters::pause() {
  for (const auto& counter : counters_) {
    if (counter.fd >= 0) ::ioctl(counter.fd, PERF_EVENT_IOC_DISABLE, 0);
  }
}

Json HardwareCounters::per_run(double runs) const {
  Json counts = Json::object();
  for (const auto& counter : counters_) {
    std::array<std::uint64_t, 3> read{};  // count, time enabled, time running
    const bool good =
        counter.fd >= 0 && ::read(counter.fd, read.data(), sizeof read) == sizeof read && read[2] != 0;
    const auto share = static_cast<double>(read[1]) / static_cast<double>(read[2]);
    counts[counter.name] = good ? Json(static_cast<double>(read[0]) * share / runs) : Json();
  }
  return counts;
}

std::optional<std::string> why_no_hardware_counters() {
  const int fd = open_event(hardware_events().front());
  if (fd >= 0) {
    ::close(fd);
    return std::nullopt;
  }
  const int error = errno;
  if (error == ENOENT || error == ENODEV || error == EOPNOTSUPP)
    return "this machine offers no hardware counters (common in virtual machines); none can be counted here";
  if (error == EACCES || error == EPERM) {
    const auto level = read_small_file("/proc/sys/kernel/perf_event_paranoid").value_or("?");
    return "the kernel forbids it (perf_event_paranoid is " + level.substr(0, level.find('\n')) +
           "); allow it with `sysctl kernel.perf_event_paranoid=2`, or in a container with --cap-add PERFMON";
  }
  return "perf_event_open failed: " + std::string(std::strerror(error));
}

}  // namespace breakeven
