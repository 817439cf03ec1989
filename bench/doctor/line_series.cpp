#include "bench/doctor/line_series.h"

#include <algorithm>
#include <thread>

#include "bench/machine/core_probe.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kInterval = std::chrono::milliseconds(4);

}  // namespace

std::vector<LineProbe> follow_line(std::chrono::duration<double> span) {
  std::vector<LineProbe> probes;
  const auto start = Clock::now();
  std::chrono::duration<double> elapsed{0};
  while (elapsed < span) {
    const auto probe = probe_cores();
    if (probe.round_trip_ns)
      probes.push_back({elapsed.count(), *probe.round_trip_ns, *probe.division_slowdown});
    std::this_thread::sleep_for(kInterval);
    elapsed = Clock::now() - start;
  }
  return probes;
}

std::optional<double> dwell_seconds(const std::vector<LineProbe>& probes, double threshold_ns) {
  constexpr std::size_t kAround = 2;
  std::vector<bool> far;
  for (std::size_t i = kAround; i + kAround < probes.size(); ++i) {
    const auto first = probes.begin() + static_cast<std::ptrdiff_t>(i - kAround);
    const auto votes = std::count_if(first, first + 2 * kAround + 1, [&](const LineProbe& probe) {
      return probe.round_trip_ns > threshold_ns;
    });
    far.push_back(votes > static_cast<std::ptrdiff_t>(kAround));
  }
  std::size_t changes = 0;
  for (std::size_t i = 1; i < far.size(); ++i) changes += far[i] != far[i - 1];
  if (changes == 0) return std::nullopt;
  return (probes.back().at_s - probes.front().at_s) / static_cast<double>(changes);
}

}  // namespace breakeven
