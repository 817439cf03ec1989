#include "bench/doctor/measurements.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "bench/doctor/line_series.h"
#include "bench/doctor/others.h"
#include "bench/doctor/spin.h"
#include "bench/doctor/wakeup.h"
#include "bench/judge/interval.h"
#include "bench/judge/modes.h"
#include "bench/machine/surroundings.h"
#include "bench/machine/topology.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
  const double center = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - center) * (value - center);
  return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(values.size() - 1, 1)));
}

double p99(std::vector<double> values) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

// Between 1, a core each, and 2, the divider of one core for both.
constexpr double kOneCore = 1.5;

Json line_json(const std::vector<int>& cpus, double span_s) {
  std::vector<LineProbe> probes;
  if (cpus.size() > 1) probes = follow_line(std::chrono::duration<double>(span_s));
  if (probes.empty()) return nullptr;
  std::vector<double> round_trips_ns;
  std::vector<double> shared;  // slowdowns while both CPUs were threads of one core
  for (const auto& probe : probes) {
    round_trips_ns.push_back(probe.round_trip_ns);
    if (probe.division_slowdown > kOneCore) shared.push_back(probe.division_slowdown);
  }
  const auto share = static_cast<double>(shared.size()) / static_cast<double>(probes.size());
  const Json one_core = {{"share", share}, {"slowdown", shared.empty() ? Json() : Json(median(shared))}};
  Json modes, dwell;
  if (const auto split = split_modes(round_trips_ns)) {
    modes = {{{"median_ns", split->near_ns}, {"share", split->near_share}},
             {{"median_ns", split->far_ns}, {"share", 1 - split->near_share}}};
    if (const auto seconds = dwell_seconds(probes, split->threshold_ns)) dwell = *seconds;
  }
  return {{"cpus", {cpus[0], cpus[1]}},
          {"probes", probes.size()},
          {"span_s", probes.back().at_s},
          {"median_ns", median(round_trips_ns)},
          {"modes", modes},
          {"dwell_s", dwell},
          {"one_core", one_core}};
}

Json spin_json(const std::vector<int>& cpus, unsigned rounds, unsigned spins) {
  const auto times = time_spins(cpus, spin_iterations_per_ms(), rounds, spins);
  const double median_ns = median(times.alone_ns);
  Json all;
  if (!times.together_ns.empty())
    all = {{"cpus", cpus.size()}, {"slowdown", mean(times.together_ns) / mean(times.alone_ns)}};
  return {{"spins", times.alone_ns.size()},
          {"median_ns", median_ns},
          {"cv", deviation(times.alone_ns) / mean(times.alone_ns)},
          {"p99_over_median", p99(times.alone_ns) / median_ns},
          {"all_cpus", all}};
}

Json wakeup_json(const std::vector<int>& cpus, unsigned count) {
  if (cpus.size() < 2) return nullptr;
  const auto times_ns = time_wakeups(cpus[0], cpus[1], count);
  return {{"wakeups", times_ns.size()}, {"median_ns", median(times_ns)}, {"p99_ns", p99(times_ns)}};
}

// What a reading of the clock costs, and its least step.
Json clock_json() {
  constexpr int kReadings = 20'000;
  auto least = Clock::duration::max();
  const auto start = Clock::now();
  auto before = start;
  for (int i = 0; i < kReadings; ++i) {
    const auto now = Clock::now();
    if (now > before) least = std::min(least, now - before);
    before = now;
  }
  const std::chrono::duration<double, std::nano> total = before - start;
  return {{"cost_ns", total.count() / kReadings},
          {"tick_ns", std::chrono::duration<double, std::nano>(least).count()}};
}

// What it takes to read a sample's covariates from outside of it, both times.
Json surroundings_json(unsigned count) {
  std::vector<double> costs_ns;
  for (unsigned i = 0; i < count; ++i)
    costs_ns.push_back(Surroundings().after().at("probe_ns").get<double>());
  return {{"median_ns", median(costs_ns)}};
}

struct OwnUsage {
  double cpu_s;
  long involuntary;
};

OwnUsage own_usage() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime), .involuntary = usage.ru_nivcsw};
}

}  // namespace

double Effort::seconds() const {
  constexpr double kSpin = 1e-3, kWakeup = 7e-5, kSurroundings = 2e-3;
  return line_s + 2 * rounds * spins * kSpin + wakeups * kWakeup + surroundings * kSurroundings;
}

Json measure_disturbances(const Effort& effort, const Step& step) {
  const auto cpus = affinity_mask();
  const auto start = Clock::now();
  const auto times_before = read_cpu_times();
  const auto usage_before = own_usage();
  Json measured;
  step("the cache line between two CPUs");
  measured["line"] = line_json(cpus, effort.line_s);
  step("a fixed spin, alone and on all CPUs at once");
  measured["spin"] = spin_json(cpus, effort.rounds, effort.spins);
  step("wake-ups, the clock, the covariates of a sample");
  measured["wakeup"] = wakeup_json(cpus, effort.wakeups);
  measured["clock"] = clock_json();
  measured["covariates"] = surroundings_json(effort.surroundings);
  const auto usage = own_usage();
  const auto times = read_cpu_times();
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  measured.update(
      compare_cpu_times(times_before, times, elapsed, usage.cpu_s - usage_before.cpu_s, ::getpid()));
  measured["involuntary_switches"] = usage.involuntary - usage_before.involuntary;
  measured["seconds"] = elapsed.count();
  return measured;
}

}  // namespace breakeven
