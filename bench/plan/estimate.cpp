// What a run will take, from timing a few tasks of each shape.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "bench/machine/machine.h"
#include "bench/plan/run_plan.h"
#include "bench/plan/schedule.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kProcessSeconds = 8e-3;              // start and end of a sample's process
constexpr double kPreparationSecondsPerByte = 2e-10;  // fill, poison and digest
constexpr double kLookSeconds = 5e-3;                 // how long to try a shape

double seconds_of_a_job(const Case& c) {
  const auto* factory = WorkloadRegistry::instance().find(c.workload);
  if (factory->described) return factory->described->task_ns * 1e-9 * static_cast<double>(c.shape.tasks);
  const auto workload = factory->make(c.shape);
  const auto objects = workload->objects();
  std::vector<std::byte> input(workload->input_size()), output(workload->output_capacity());
  double elapsed = 0;
  std::size_t tasks = 0;
  while (tasks < c.shape.tasks && elapsed < kLookSeconds) {
    const auto task = (tasks * 7919) % c.shape.tasks;  // spread over the range: costs may drift along it
    if (objects) {
      objects->make_input(task);
    } else {
      workload->fill(task, input);
    }
    const auto start = Clock::now();
    if (objects) {
      objects->run(task);
    } else {
      workload->run(input, output);
    }
    elapsed += std::chrono::duration<double>(Clock::now() - start).count();
    ++tasks;
  }
  return elapsed / static_cast<double>(std::max<std::size_t>(tasks, 1)) * static_cast<double>(c.shape.tasks);
}

// What a byte of payload adds to a run, in or out: the prices of docs/python.md, measured on two cores and rounded up.
double seconds_per_byte(const Case& c, const Catalogue& catalogue) {
  const auto backend = catalogue.resolve(c.backend);
  const bool processes = backend.entry->traits(setup_of(c, backend.options)).processes;
  if (backend.entry->command.empty()) return processes ? 1e-10 : 5e-11;
  return processes ? 2e-9 : 3e-10;  // another language's objects are turned into bytes and back
}

}  // namespace

double expected_seconds(const RunPlan& plan, const Catalogue& catalogue) {
  const unsigned cores = usable_cores();
  double total = 0;
  for (const auto& block : blocks_of(plan.cases)) {
    if (block.cases.empty() || block.baselines.empty()) continue;
    const double serial = seconds_of_a_job(plan.cases[block.baselines.front()].c);
    const auto sample = [&](std::size_t planned) {
      const Case& c = plan.cases[planned].c;
      const auto& timing = plan.cases[planned].timing;
      const double bytes =
          static_cast<double>(c.shape.tasks) * static_cast<double>(c.shape.in_bytes + c.shape.out_bytes);
      const double job =
          std::max(serial / std::min(c.workers, cores), 1e-6) + bytes * seconds_per_byte(c, catalogue);
      const double iterations =
          std::max(static_cast<double>(timing.min_iterations), std::ceil(timing.min_time_s / job));
      return kProcessSeconds + bytes * kPreparationSecondsPerByte + job * iterations +
             std::max(job, c.pool == PoolState::kCold ? 0.0 : Sampling().settle_s);
    };
    const auto rounds = [&](std::size_t planned) {
      const auto most = plan.cases[planned].most_rounds;
      return most == 0 ? plan.session.rounds : std::min(most, plan.session.rounds);
    };
    std::map<std::size_t, unsigned> baseline_rounds;  // as many as the longest of its cases
    for (std::size_t i = 0; i < block.cases.size(); ++i) {
      total += sample(block.cases[i]) * rounds(block.cases[i]);
      auto& most = baseline_rounds[block.baseline_of[i]];
      most = std::max(most, rounds(block.cases[i]));
    }
    for (const auto& [baseline, most] : baseline_rounds) total += 2 * sample(baseline) * most;
  }
  return total * static_cast<double>(plan.builds.size());
}

}  // namespace breakeven
