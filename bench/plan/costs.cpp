#include "bench/plan/costs.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <vector>

#include "bench/text/units.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLongEnough = 2e-3;  // 100,000 times the clock's resolution
constexpr int kRepetitions = 5;
constexpr std::uint64_t kMostUnits = std::uint64_t{1} << 32;

// The least of some repetitions: disturbances only ever add time.
double seconds_of_one_task(const WorkloadFactory& factory, std::uint64_t cost) {
  const auto workload = factory.make(Shape{.tasks = 1, .cost = cost});
  std::vector<std::byte> input(workload->input_size()), output(workload->output_capacity());
  workload->fill(0, input);
  double least = INFINITY;
  for (int i = 0; i < kRepetitions; ++i) {
    const auto start = Clock::now();
    workload->run(input, output);
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return least;
}

// The slope between two costs, so that what a task costs beside its units does not count.
double ns_per_unit(const WorkloadFactory& factory) {
  std::uint64_t cost = 1024;
  while (cost < kMostUnits && seconds_of_one_task(factory, cost) < kLongEnough) cost *= 2;
  const std::uint64_t half = cost / 2;
  return (seconds_of_one_task(factory, cost) - seconds_of_one_task(factory, half)) * 1e9 /
         static_cast<double>(cost - half);
}

}  // namespace

void resolve_costs(Expansion& expansion) {
  std::map<std::string, double> unit_ns;
  const auto resolve = [&unit_ns](Case& c) {
    const auto* factory = WorkloadRegistry::instance().find(c.workload);
    if (!factory->has_cost) return;
    if (!unit_ns.contains(c.workload)) unit_ns[c.workload] = ns_per_unit(*factory);
    const double ns = unit_ns.at(c.workload);
    if (!c.cost_label.empty()) {
      c.shape.cost =
          static_cast<std::uint64_t>(std::max(1.0, std::round(parse_seconds(c.cost_label) * 1e9 / ns)));
    }
    c.cost_ns = static_cast<double>(c.shape.cost) * ns;
  };
  for (auto& planned : expansion.cases) resolve(planned.c);
  for (auto& skipped : expansion.skipped) resolve(skipped.c);
}

}  // namespace breakeven
