#include "bench/cell/cell.h"

#include <benchmark/benchmark.h>
#include <libdeflate.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>

#include "backends/contract/error.h"
#include "bench/cell/ranks.h"
#include "bench/machine/cpu_clock.h"
#include "bench/machine/hardware_counters.h"
#include "bench/machine/held_memory.h"
#include "bench/machine/pages.h"
#include "bench/machine/pinning.h"
#include "bench/machine/usage.h"
#include "bench/plan/catalogue.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

// Ends a sample with one of docs/format.md's kinds of failure.
struct SampleFailure : std::runtime_error {
  SampleFailure(std::string failure_kind, const std::string& reason, std::vector<Loss> lost = {})
      : std::runtime_error(reason), kind(std::move(failure_kind)), losses(std::move(lost)) {}
  std::string kind;
  std::vector<Loss> losses;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Google Benchmark times the region; its runs reach us through its reporter, and its own text nobody.
class CapturingReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& run : runs) accumulated_s += run.real_accumulated_time;
  }
  double accumulated_s = 0;
};

const BackendFactory& factory_of(const Case& c) {
  const auto* factory = BackendRegistry::instance().find(backend_family(c.backend));
  if (!factory) throw UsageError("backend \"" + c.backend + "\" is not built into this program");
  return *factory;
}

Shape with_extra(Shape shape, double extra) {
  shape.extra = extra;
  return shape;
}

std::unique_ptr<const Workload> make_workload(const std::string& name, const Shape& shape) {
  const auto* factory = find_workload(name);
  if (!factory) throw UsageError("workload \"" + name + "\" is not built into this program");
  if (const auto reason = factory->unsupported(shape)) throw UsageError(name + ": " + *reason);
  return factory->make(shape);
}

// Refuses what cannot be run, rather than quietly measuring something else.
Setup checked_setup(const Case& c, const BackendFactory& factory, const Shape& shape) {
  const auto options = std::string_view(c.backend).substr(factory.name.size());
  Setup setup = setup_of(c, parse_options(factory.name, options, factory.options));
  setup.shape = shape;
  if (const auto reason = factory.unsupported(setup)) throw UsageError(c.backend + ": " + *reason);
  return setup;
}

// The experiment of one sample: a job, and a backend that is warm, or made anew inside every run.
class Sample {
 public:
  explicit Sample(const Request& request)
      : request_(request),
        factory_(factory_of(request.c)),
        workload_(make_workload(request.c.workload, with_extra(request.c.shape, request.extra))),
        pin_check_(pin_checked(workload_, request.cpus)),
        plan_{checked_setup(request.c, factory_, with_extra(request.c.shape, request.extra)), *workload_},
        job_(*workload_, request.c.shape.tasks, request.c.workers, factory_.traits(plan_).payload,
             request.pages, factory_.traits(plan_).processes) {}

  Record measure() {
    if (request_.counters)
      counters_ = std::make_unique<HardwareCounters>();  // whoever is made later inherits
    job_.fill();  // the outputs are fresh pages of zeros: no result of any task, and no length
    if (request_.c.pool != PoolState::kCold) {
      warm_ = factory_.make(plan_);
      const auto start = Clock::now();
      warm_->start();
      startup_s_ = seconds_since(start);
      if (pin_check_) bind();
    }
    if (request_.batch != 0) {
      batch_ = request_.batch;
      iterations_ = request_.iterations;
    } else {
      const auto start = Clock::now();
      calibrate();
      warmup_s_ = seconds_since(start);
    }
    Json said = {{"iterations", iterations_}, {"batch", batch_}, {"losses", Json::array()}};
    time_iterations(said);
    if (request_.batch == 0 && warm_) add_held_memory(said["covariates"]);
    said["completion"] = request_.timing.completion ? watched_run() : Json();
    if (request_.spans) said["spans"] = spans();
    if (warm_) said["startup_s"] = startup_s_;
    said["bytes_moved"] = bytes_moved_;
    if (messages_ != 0) said["wire"] = {{"messages", messages_}, {"bytes", bytes_moved_}};
    said["page_bytes"] = page_bytes();
    said["digest"] = hex(compared_or_digest(said));
    said["facts"] = facts();
    return {.failure_kind = {}, .reason = {}, .said = std::move(said)};
  }

 private:
  // Puts a check around the workload of a pinned case; nullptr where there is no pin.
  static PinChecked* pin_checked(std::unique_ptr<const Workload>& workload, const std::vector<int>& cpus) {
    if (cpus.empty()) return nullptr;
    auto checked = std::make_unique<PinChecked>(std::move(workload), cpus);
    auto* const raw = checked.get();
    workload = std::move(checked);
    return raw;
  }

  // The process has the mask of all its CPUs already. Workers that live as long as the pool get one each.
  void bind() {
    const auto traits = factory_.traits(plan_);
    facts_["cpus"] = cpu_list(request_.cpus);
    if (!traits.binds) return;
    bind_workers(request_.cpus, *warm_, traits.caller_works);
    pin_check_->expect_single();
  }

  Outcome run_once() {
    if (warm_) return warm_->run(job_);
    const auto backend = factory_.make(plan_);
    backend->start();
    return backend->run(job_);
  }

  // Back-to-back runs between two readings of the clock, or rested ones each between its own; seconds. What
  // they did is checked afterwards, untimed.
  double run_batch(std::size_t runs) {
    job_.reset_tally();
    std::vector<Loss> losses;
    const auto run = [&] {
      Outcome outcome = run_once();
      bytes_moved_ = outcome.bytes_moved;
      messages_ = outcome.messages;
      if (!outcome.losses.empty()) losses = std::move(outcome.losses);
    };
    double elapsed = 0;
    if (rested()) {
      for (std::size_t i = 0; i < runs; ++i) {
        for (const auto start = Clock::now(); seconds_since(start) < request_.sampling.rest_s;) continue;
        const auto start = Clock::now();
        run();
        elapsed += seconds_since(start);
      }
    } else {
      const auto start = Clock::now();
      for (std::size_t i = 0; i < runs; ++i) run();
      elapsed = seconds_since(start);
    }
    verify(runs, std::move(losses));
    return elapsed;
  }

  bool rested() const { return request_.c.pool == PoolState::kRested; }

  void verify(std::size_t runs, std::vector<Loss> losses) const {
    if (!losses.empty()) {
      const Loss& first = losses.front();
      std::string reason = std::to_string(losses.size()) + " task(s) lost, the first is task " +
                           std::to_string(first.task) + " on worker " + std::to_string(first.worker) +
                           (first.signal ? ", ended by signal " + std::to_string(first.signal)
                                         : ", which exited with code " + std::to_string(first.exit_code));
      throw SampleFailure("lost", reason, std::move(losses));
    }
    if (job_.failure_count() != 0) {
      const auto failures = job_.failures();
      throw SampleFailure("task_failed",
                          std::to_string(job_.failure_count()) + " task(s) failed, the first is task " +
                              std::to_string(failures.front().task) + ": " + failures.front().message);
    }
    if (const auto error = job_.tally_error(runs)) throw SampleFailure("wrong_tally", *error);
  }

  // Untimed runs, between which and the timed ones only the covariates are read: one at least, and as many as
  // it takes a warm pool to settle. A worker that falls asleep meanwhile wakes up where it last ran.
  void warm_up() {
    if (warmup_s_ >= request_.sampling.long_s) return;  // calibrating did
    const auto start = Clock::now();
    do {
      run_batch(batch_);
    } while (warm_ && seconds_since(start) < request_.sampling.settle_s);
    warmup_s_ += seconds_since(start);
  }

  // Where nothing is fixed yet: how many runs a batch has, and how many iterations the sample.
  void calibrate() {
    const auto& timing = request_.timing;
    const auto& sampling = request_.sampling;
    const double rest_s = rested() ? sampling.rest_s : 0;  // a run takes that too
    const auto time_batch = [&] { return run_batch(batch_) + rest_s * static_cast<double>(batch_); };
    double iteration_s = time_batch();
    while (iteration_s < sampling.min_iteration_s) {
      batch_ *= iteration_s < sampling.min_iteration_s / 4 ? 4 : 2;
      iteration_s = time_batch();
    }
    // The first batches of a process run slow, and any can be disturbed, but this count holds for all samples
    // of the case: the least of those until the pool has settled, two at least.
    double spent = iteration_s;
    for (bool again = iteration_s < sampling.long_s; again; again = spent < sampling.settle_s) {
      const double again_s = time_batch();
      spent += again_s;
      iteration_s = std::min(iteration_s, again_s);
    }
    const double wanted = std::ceil(timing.min_time_s / iteration_s);
    const double most = sampling.max_iterations;
    if (wanted > most) batch_ *= static_cast<std::size_t>(std::ceil(wanted / most));
    const auto least = static_cast<double>(std::max<std::size_t>(timing.min_iterations, 1));
    iterations_ = static_cast<std::size_t>(std::clamp(std::min(wanted, most), std::min(least, most), most));
  }

  std::vector<WorkerId> workers() const { return warm_ ? warm_->workers() : std::vector<WorkerId>{}; }

  // Google Benchmark drives the iterations, with the time that we give it and a count that
  // is fixed beforehand.
  void time_iterations(Json& said) {
    std::exception_ptr thrown;
    std::chrono::nanoseconds cpu{0};
    Usage usage_before;
    std::vector<RankUsage> ranks_before;
    const auto body = [&](benchmark::State& state) {
      const auto fail = [&] {
        thrown = std::current_exception();
        state.SkipWithError("failed");
      };
      try {
        warm_up();
        ranks_before = ranks();
        usage_before = read_usage(workers());
      } catch (...) {
        fail();
      }
      for (auto _ : state) {
        try {
          // Stale results cannot pass: the outputs that are digested come from the last iteration alone.
          if (iteration_ns_.size() + 1 == iterations_) job_.poison();
          const auto cpu_before = cpu_time(workers());
          if (counters_) counters_->resume();
          const double elapsed = run_batch(batch_);
          if (counters_) counters_->pause();
          cpu += cpu_time(workers()) - cpu_before;
          state.SetIterationTime(elapsed);
          iteration_ns_.push_back(elapsed * 1e9 / static_cast<double>(batch_));
        } catch (...) {
          fail();
          break;
        }
      }
    };
    benchmark::RegisterBenchmark(request_.c.name().c_str(), body)
        ->Iterations(static_cast<benchmark::IterationCount>(iterations_))
        ->UseManualTime();
    CapturingReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    if (thrown) std::rethrow_exception(thrown);
    const auto runs = static_cast<double>(iterations_ * batch_);
    Json covariates = usage_between(usage_before, read_usage(workers()));
    if (counters_) covariates.update(counters_->per_run(runs));
    said["covariates"] = std::move(covariates);
    said["iteration_ns"] = iteration_ns_;
    said["timed_s"] = reporter.accumulated_s;
    said["warmup_s"] = warmup_s_;
    said["real_time_ns"] = reporter.accumulated_s * 1e9 / runs;
    auto cpu_ns = static_cast<double>(cpu.count());
    if (!ranks_before.empty()) {
      const auto ranks_after = ranks();
      said["ranks"] = ranks_between(ranks_before, ranks_after);
      cpu_ns += far_cpu_ns(ranks_before, ranks_after);
    }
    said["cpu_time_ns"] = cpu_ns / runs;
  }

  std::vector<RankUsage> ranks() const { return warm_ ? warm_->ranks() : std::vector<RankUsage>{}; }

  // Once a case, in its first good sample: it is the same in each, and reading it takes the kernel a while.
  static void add_held_memory(Json& covariates) {
    const auto held = held_memory();
    covariates["pss_bytes"] = held ? Json(held->pss_bytes) : Json();
    covariates["processes"] = held ? Json(held->processes) : Json();
  }

  // Read once the payload is in use: what was asked for is not what a fragmented memory gives.
  Json page_bytes() {
    if (job_.size() == 0) return {};
    std::optional<std::size_t> least;
    for (const std::byte* start :
         {job_.input(0).data(), static_cast<const std::byte*>(job_.output(0).data())}) {
      const auto bytes = start ? page_bytes_at(start) : std::nullopt;
      if (bytes) least = std::min(least.value_or(*bytes), *bytes);
    }
    return least ? Json(*least) : Json();
  }

  // Where results are compared here, with a plain loop and within a tolerance, the digest says that they are equal to it,
  // whatever they are.
  std::uint32_t compared_or_digest(Json& said) {
    const auto compared = job_.compared();
    if (!compared) return job_.digest();
    if (compared->outside != 0)
      throw SampleFailure("wrong_digest",
                          std::to_string(compared->outside) + " result(s) differ: " + compared->first);
    said["compared"] = {{"by", "cell"}, {"worst", compared->worst}, {"outside", compared->outside}};
    const auto& name = request_.c.workload;
    return libdeflate_crc32(0, name.data(), name.size());
  }

  Json facts() {
    for (const auto& [key, value] : warm_ ? warm_->facts() : factory_.make(plan_)->facts())
      facts_[key] = value;
    return facts_;
  }

  // One more run, untimed, in which every task notes when its result is there.
  Json watched_run() {
    job_.watch(Clock::now());
    run_batch(1);
    std::vector<std::int64_t> times;
    for (const auto& span : job_.spans()) times.push_back(span.end_ns);
    if (times.empty()) return {};
    std::ranges::sort(times);
    const auto at = [&](double fraction) {  // the nearest rank
      return times[static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(times.size()))) - 1];
    };
    return {
        {"first_ns", times.front()}, {"median_ns", at(0.5)}, {"p99_ns", at(0.99)}, {"last_ns", times.back()}};
  }

  // Of the watched run, by task: worker, begin (null: unknown) and end, ns.
  Json spans() const {
    Json list = Json::array();
    for (const auto& [begin_ns, end_ns, worker] : job_.spans())
      list.push_back({worker, begin_ns < 0 ? Json() : Json(begin_ns), end_ns});
    return list;
  }

  const Request& request_;
  const BackendFactory& factory_;
  std::unique_ptr<const Workload> workload_;
  PinChecked* pin_check_;  // around the workload, or null
  Plan plan_;
  Job job_;
  std::unique_ptr<Backend> warm_;  // null where the pool is cold; declared last: it ends before the job does
  std::size_t iterations_ = 0, batch_ = 1;
  std::vector<double> iteration_ns_;  // each per run of the job
  double warmup_s_ = 0, startup_s_ = 0;
  std::uint64_t bytes_moved_ = 0, messages_ = 0;  // in the last run
  Json facts_ = Json::object();
  std::unique_ptr<HardwareCounters> counters_;  // null where nobody asked
};

Json to_json(const Loss& loss) {
  return {
      {"task", loss.task}, {"worker", loss.worker}, {"signal", loss.signal}, {"exit_code", loss.exit_code}};
}

Json losses_json(const std::vector<Loss>& losses) {
  Json list = Json::array();
  for (const auto& loss : losses) list.push_back(to_json(loss));
  return list;
}

}  // namespace

Record measure_sample(const Request& request) {
  try {
    return Sample(request).measure();
  } catch (const SampleFailure& failure) {
    return failed_record(failure.kind, failure.what(), {{"losses", losses_json(failure.losses)}});
  } catch (const std::exception& error) {
    return failed_record("error", error.what());
  }
}

}  // namespace breakeven
