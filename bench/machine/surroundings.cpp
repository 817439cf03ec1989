#include "bench/machine/surroundings.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "bench/machine/cpu_taken.h"
#include "bench/machine/proc_file.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;
using Number = std::optional<std::uint64_t>;

constexpr std::chrono::milliseconds kFresh{2};

// Where this machine keeps what we read; found once.
struct Places {
  std::vector<std::string> frequencies;  // one a CPU, kHz
  std::vector<std::string> thermal;      // one a core, a count
};

const Places& places() {
  static const Places found = [] {
    Places result;
    const long cpus = ::sysconf(_SC_NPROCESSORS_CONF);
    for (long cpu = 0; cpu < cpus; ++cpu) {
      const auto folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu);
      for (auto [list, file] : {std::pair(&result.frequencies, "/cpufreq/scaling_cur_freq"),
                                std::pair(&result.thermal, "/thermal_throttle/core_throttle_count")}) {
        if (::access((folder + file).c_str(), R_OK) == 0) list->push_back(folder + file);
      }
    }
    return result;
  }();
  return found;
}

Number sum_of(const std::vector<std::string>& files) {
  Number sum;
  for (const auto& file : files) {
    const auto text = read_small_file(file);
    if (const auto value = text ? word_number(*text, 0) : Number{}) sum = sum.value_or(0) + *value;
  }
  return sum;
}

std::optional<double> frequency_mhz() {
  const auto& files = places().frequencies;
  const auto sum_khz = sum_of(files);
  if (!sum_khz) return std::nullopt;
  return static_cast<double>(*sum_khz) / static_cast<double>(files.size()) / 1000;
}

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json difference(const Number& before, const Number& after) {
  return before && after && *after >= *before ? Json(*after - *before) : Json();
}

}  // namespace

Surroundings::Counters Surroundings::read_counters() {
  return {.steal_ns = breakeven::steal_ns(),
          .throttled_ns = breakeven::throttled_ns(),
          .thermal_throttles = sum_of(places().thermal)};
}

namespace {

// An empty probe is none: the machine took a core away in its middle, which the next one may be spared.
bool is_fresh(const std::optional<LastProbe>& last, Clock::time_point now) {
  return last && last->cores.round_trip_ns && now - last->ended <= kFresh;
}

}  // namespace

Surroundings::Surroundings(const std::optional<LastProbe>& last)
    : before_(read_counters()), cores_before_(is_fresh(last, begun_) ? last->cores : probe_cores()) {
  spent_ = Clock::now() - begun_;
}

Json Surroundings::after() {
  const auto begun = Clock::now();
  const auto cores = probe_cores();
  last_ = {.cores = cores, .ended = Clock::now()};
  const auto now = read_counters();
  Json fields = {{"line_before_ns", json_of(cores_before_.round_trip_ns)},
                 {"line_after_ns", json_of(cores.round_trip_ns)},
                 {"division_slowdown_before", json_of(cores_before_.division_slowdown)},
                 {"division_slowdown_after", json_of(cores.division_slowdown)},
                 {"steal_ns", difference(before_.steal_ns, now.steal_ns)},
                 {"throttled_ns", difference(before_.throttled_ns, now.throttled_ns)},
                 {"thermal_throttles", difference(before_.thermal_throttles, now.thermal_throttles)},
                 {"frequency_mhz", json_of(frequency_mhz())}};
  spent_ += Clock::now() - begun;
  fields["probe_ns"] = spent_.count();
  return fields;
}

}  // namespace breakeven
