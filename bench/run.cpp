#include "bench/run.h"

#include <libdeflate.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

#include "backends/contract/error.h"
#include "bench/build_info.h"
#include "bench/journal.h"
#include "bench/machine.h"
#include "bench/output.h"
#include "bench/progress.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Names the set of cases, so that results of different suites are never taken for each other's.
std::string suite_digest(const std::vector<PlannedCase>& cases) {
  std::uint32_t crc = 0;
  for (const auto& planned : cases) {
    const auto name = planned.c.name() + "\n";
    crc = libdeflate_crc32(crc, name.data(), name.size());
  }
  char text[16];
  std::snprintf(text, sizeof text, "%08x", crc);
  return text;
}

Json journal_header(const RunPlan& plan, const StopRule& stop_rule) {
  Json context = machine_context(plan.builds.front().executable);
  Json builds = Json::array();
  for (const auto& build : plan.builds) {
    builds.push_back({{"name", build.name}, {"executable", build.executable}, {"extra", build.extra}});
  }
  context["breakeven"].update(Json{{"suite", plan.suite.name},
                                   {"suite_digest", suite_digest(plan.cases)},
                                   {"seed", plan.suite.seed},
                                   {"rounds", stop_rule.most_rounds()},
                                   {"started", utc_now()},
                                   {"command", plan.command},
                                   {"builds", builds}});
  Json skipped = Json::array();
  for (const auto& skip : plan.skipped) {
    skipped.push_back({{"name", skip.c.name()}, {"case", to_json(skip.c)}, {"reason", skip.reason}});
  }
  return {{"context", context}, {"skipped", skipped}};
}

class Run {
 public:
  Run(const RunPlan& plan, const Catalogue& catalogue, const StopRule& stop_rule)
      : plan_(plan),
        stop_rule_(stop_rule),
        blocks_(blocks_of(plan.cases)),
        history_(plan.cases, plan.builds.size()),
        live_(plan.cases.size(), false),
        sampler_(catalogue, supervisor_) {
    for (const auto& block : blocks_) {
      for (const auto planned : block.cases) live_[planned] = true;
    }
  }

  RunReport execute() {
    const fs::path results = plan_.results;
    make_folder(results.parent_path());
    const auto journal_path = (results.parent_path() / "journal.jsonl").string();
    Journal journal(journal_path, journal_header(plan_, stop_rule_));
    journal_ = &journal;
    take_rounds();
    const double wall = seconds_since(start_);
    const double fraction = wall > 0 ? (timed_s_ + warmup_s_) / wall : 0;
    journal.append("end", {{"interrupted", supervisor_.interrupted() != 0},
                           {"wall_s", wall},
                           {"timed_s", timed_s_},
                           {"warmup_s", warmup_s_},
                           {"timed_fraction", fraction},
                           {"rounds_taken", rounds_}});
    const auto counts = derive_results(journal_path, plan_.results);
    return {.counts = counts,
            .history = std::move(history_),
            .interrupted = supervisor_.interrupted(),
            .wall_s = wall,
            .timed_fraction = fraction};
  }

 private:
  void take_rounds() {
    const auto first = round_order(plan_.suite.seed, 0, blocks_, live_, plan_.builds.size());
    Progress progress(first.size(), stop_rule_.most_rounds());
    while (!over_budget()) {
      const auto order = round_order(plan_.suite.seed, rounds_, blocks_, live_, plan_.builds.size());
      if (order.empty() || !take_round(order, progress)) return;
      ++rounds_;
      progress.round_done(rounds_);
      judge();
    }
  }

  bool over_budget() const { return plan_.budget_s > 0 && seconds_since(start_) >= plan_.budget_s; }

  // False when the run was interrupted or its time is over. A block that was begun is ended, so that pairs
  // are whole.
  bool take_round(const std::vector<Slot>& order, Progress& progress) {
    std::size_t block = order.front().block;
    for (const auto& slot : order) {
      if (slot.block != block && over_budget()) return false;
      block = slot.block;
      progress.sample(rounds_, plan_.cases[slot.planned].c.name());
      if (!take(slot, progress)) return false;
    }
    return true;
  }

  bool take(const Slot& slot, Progress& progress) {
    const auto& planned = plan_.cases[slot.planned];
    const double started_s = seconds_since(start_);
    const Taken taken = sampler_.take(plan_.builds[slot.build], request_for(slot));
    if (taken.interrupted || supervisor_.interrupted()) return false;
    if (!taken.record.ok()) {
      progress.failure(planned.c.name(), taken.record.reason);
      journal_->append("failure", failure_entry(slot, taken.record));
    } else {
      journal_->append("sample", row(slot, taken.record, started_s));
      remember(slot, taken.record);
    }
    ++sequence_;
    return true;
  }

  Request request_for(const Slot& slot) const {
    const auto& planned = plan_.cases[slot.planned];
    const auto& build = plan_.builds[slot.build];
    Request request{.c = planned.c,
                    .build = build.name,
                    .iterations = 0,
                    .batch = 0,
                    .timing = planned.timing,
                    .deadline_s = plan_.suite.deadline_s,
                    .extra = build.extra,
                    .expected_digest = {}};
    if (const auto known = calibration_.find(slot.planned); known != calibration_.end()) {
      request.iterations = known->second.iterations;
      request.batch = known->second.batch;
    }
    if (const auto digest = digests_.find(slot.block); digest != digests_.end())
      request.expected_digest = digest->second;
    return request;
  }

  // The first good sample of a case, of whichever build, fixes iterations and batch for all that follow.
  void remember(const Slot& slot, const Record& record) {
    calibration_.try_emplace(slot.planned, Calibration{record.iterations, record.batch});
    if (plan_.cases[slot.planned].role == Role::kBaseline) digests_.try_emplace(slot.block, record.digest);
    history_.add(slot, rounds_, record.real_time_ns);
    timed_s_ += record.timed_s;
    warmup_s_ += record.warmup_s;
  }

  void judge() {
    for (const auto& block : blocks_) {
      for (const auto planned : block.cases) {
        if (live_[planned] && stop_rule_.judge(history_.log_speedups(planned, 0), rounds_) != Stop::kGoOn) {
          live_[planned] = false;
        }
      }
    }
  }

  Json failure_entry(const Slot& slot, const Record& record) const {
    const auto& planned = plan_.cases[slot.planned];
    Json losses = Json::array();
    for (const auto& loss : record.losses) losses.push_back(to_json(loss));
    return {{"name", planned.c.name()},
            {"case", to_json(planned.c)},
            {"round", rounds_},
            {"block", blocks_[slot.block].name},
            {"build", plan_.builds[slot.build].name},
            {"kind", record.failure_kind},
            {"reason", record.reason},
            {"losses", losses}};
  }

  Json row(const Slot& slot, const Record& record, double started_s) const {
    const auto& planned = plan_.cases[slot.planned];
    const auto name = planned.c.name();
    const double runs = static_cast<double>(record.iterations) * static_cast<double>(record.batch);
    return {{"name", name},
            {"run_name", name},
            {"run_type", "iteration"},
            {"family_index", slot.planned},
            {"per_family_instance_index", slot.build},
            {"repetitions", stop_rule_.most_rounds()},
            {"repetition_index", rounds_},
            {"threads", 1},
            {"iterations", static_cast<std::uint64_t>(runs)},
            {"real_time", record.real_time_ns},
            {"cpu_time", record.cpu_time_ns},
            {"time_unit", "ns"},
            {"workers", planned.c.workers},
            {"tasks_per_second", static_cast<double>(planned.c.shape.tasks) * 1e9 / record.real_time_ns},
            {"breakeven",
             {{"case", to_json(planned.c)},
              {"role", to_string(planned.role)},
              {"round", rounds_},
              {"block", blocks_[slot.block].name},
              {"build", plan_.builds[slot.build].name},
              {"baseline", planned.baseline},
              {"half", slot.half < 0 ? Json() : Json(slot.half)},
              {"sequence", sequence_},
              {"started_s", started_s},
              {"ok", true},
              {"digest", record.digest},
              {"batch", record.batch},
              {"iteration_ns", record.iteration_ns},
              {"timed_s", record.timed_s},
              {"warmup_s", record.warmup_s},
              {"bytes_moved", record.bytes_moved},
              {"losses", Json::array()},
              {"facts", record.facts},
              {"covariates", record.covariates}}}};
  }

  struct Calibration {
    std::size_t iterations, batch;
  };

  const RunPlan& plan_;
  const StopRule& stop_rule_;
  std::vector<Block> blocks_;
  History history_;
  std::vector<bool> live_;  // by case: whether it needs more rounds
  Supervisor supervisor_;
  Sampler sampler_;
  Journal* journal_ = nullptr;
  std::map<std::size_t, Calibration> calibration_;  // by case
  std::map<std::size_t, std::string> digests_;      // by block: of its first baseline sample
  Clock::time_point start_ = Clock::now();
  unsigned rounds_ = 0;         // done so far
  std::uint64_t sequence_ = 0;  // samples taken so far
  double timed_s_ = 0, warmup_s_ = 0;
};

}  // namespace

RunReport run_suite(const RunPlan& plan, const Catalogue& catalogue, const StopRule& stop_rule) {
  return Run(plan, catalogue, stop_rule).execute();
}

}  // namespace breakeven
