#include "bench/run/run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "backends/contract/error.h"
#include "bench/judge/history.h"
#include "bench/judge/stop_rule.h"
#include "bench/record/header.h"
#include "bench/record/journal.h"
#include "bench/record/replay.h"
#include "bench/record/rows.h"
#include "bench/run/conclusions.h"
#include "bench/run/progress.h"
#include "bench/text/output.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Run {
 public:
  Run(const RunPlan& plan, const Catalogue& catalogue)
      : plan_(plan),
        blocks_(blocks_of(plan.cases)),
        history_(plan.cases, plan.builds.size()),
        rounds_due_(plan.cases.size(), 0),
        stops_(plan.cases.size(), Stop::kGoOn),
        sampler_(catalogue, supervisor_) {}

  RunReport execute() {
    make_folder(std::filesystem::path(plan_.results).parent_path());
    if (plan_.resume) {
      journal_ = std::make_unique<Journal>(journal_path(plan_));  // from here on nobody else writes it
      replay_ = events_of(journal_path(plan_), plan_);
    } else {
      journal_ = std::make_unique<Journal>(journal_path(plan_), journal_header(plan_));
    }
    journal_->append("session", to_json(plan_.session));
    replay_.push_back({.session = plan_.session, .measured = {}});
    take_rounds();
    const double wall = elapsed();
    const double fraction = wall > 0 ? (timed_s_ + warmup_s_) / wall : 0;
    journal_->append(
        "end", {{"interrupted", supervisor_.interrupted() != 0 || !changed_.empty() || !left_on_.empty()},
                {"wall_s", wall},
                {"timed_s", timed_s_},
                {"warmup_s", warmup_s_},
                {"timed_fraction", fraction},
                {"timed_only_fraction", wall > 0 ? timed_s_ / wall : 0},
                {"rounds_taken", round_},
                {"line_modes", machine_modes(history_)},
                {"cases", conclusions(plan_, blocks_, history_, stops_, rounds_due_)}});
    return {.counts = derive_results(journal_path(plan_), plan_.results),
            .changed = changed_,
            .left_on = left_on_,
            .interrupted = supervisor_.interrupted(),
            .wall_s = wall,
            .timed_fraction = fraction};
  }

 private:
  // --- rounds ---

  void take_rounds() {
    adopt_session();
    Progress progress(cases_of_session(), plan_.session.rounds, plan_.budget_s,
                      plan_.quiet ? Progress::Show::kFailures : Progress::Show::kAll);
    while (true) {
      adopt_session();
      const auto live = live_cases();
      const auto order =
          round_order(plan_.seed, round_, blocks_, live, plan_.builds.size(), baseline_samples(live));
      if (order.empty() || over_budget()) break;
      progress.round(round_, count_of(live), order.size());
      if (!take_round(order, progress)) return;
      for (std::size_t i = 0; i < live.size(); ++i) rounds_due_[i] += live[i] ? 1 : 0;
      ++round_;
      if (replay_.empty() && !plan_.quiet) progress.round_done(worst_precision());
    }
    if (!replay_.empty()) refuse_journal("it has more samples than the schedule");
  }

  std::size_t cases_of_session() const {
    if (!plan_.session.only.empty()) return plan_.session.only.size();
    return static_cast<std::size_t>(std::ranges::count_if(
        plan_.cases, [](const auto& planned) { return planned.role != Role::kBaseline; }));
  }

  static std::size_t count_of(const std::vector<bool>& live) {
    return static_cast<std::size_t>(std::ranges::count(live, true));
  }

  void collect_sessions() {
    while (!replay_.empty() && replay_.front().session) {
      pending_ = std::move(replay_.front().session);
      replay_.pop_front();
    }
  }

  // A session's rounds, precision and cases hold from the next round on: a round that was begun is ended
  // as it began.
  void adopt_session() {
    collect_sessions();
    if (pending_) session_ = *std::exchange(pending_, std::nullopt);
    stop_rule_ = stop_rule_of(session_);
    only_ = {session_.only.begin(), session_.only.end()};
  }

  // A pure function of what was measured, so that a resumed run goes the same way. A case that has
  // stopped gets no more data; it is taken up again only if others' probes have meanwhile shown modes
  // that it depends on.
  std::vector<bool> live_cases() {
    std::vector<bool> live(plan_.cases.size(), false);
    for (const auto& block : blocks_) {
      for (const auto planned : block.cases) {
        stops_[planned] = stop_of(planned);
        live[planned] = is_wanted(planned) && stops_[planned] == Stop::kGoOn;
      }
    }
    return live;
  }

  // By block: how often in each half. Where a baseline's own spread is what keeps most of a block's cases
  // open, it is sampled twice as often; where builds are compared with each other, in the first rounds only.
  std::vector<unsigned> baseline_samples(const std::vector<bool>& live) const {
    std::vector<unsigned> samples(blocks_.size(), 1);
    if (plan_.baseline_rounds > 0 && round_ >= plan_.baseline_rounds)
      return std::vector<unsigned>(blocks_.size(), 0);
    if (session_.precision <= 0) return samples;
    for (std::size_t block = 0; block < blocks_.size(); ++block) {
      std::size_t open = 0, held_up = 0;
      for (const auto planned : blocks_[block].cases) {
        for (std::size_t build = 0; live[planned] && build < plan_.builds.size(); ++build) {
          ++open;
          held_up += history_.baseline_dominates(planned, build) ? 1 : 0;
        }
      }
      if (2 * held_up > open) samples[block] = 2;
    }
    return samples;
  }

  bool is_wanted(std::size_t planned) const {
    return only_.empty() || only_.contains(plan_.cases[planned].c.name());
  }

  Stop stop_of(std::size_t planned) const {
    if (is_given_up(planned) || is_given_up(history_.baseline_of(planned))) return Stop::kFailed;
    Stop stop = Stop::kRounds;
    if (const auto most = plan_.cases[planned].most_rounds; most != 0 && rounds_due_[planned] >= most)
      return stop;
    for (std::size_t build = 0; build < plan_.builds.size(); ++build) {
      stop = stop_rule_->judge({.ratios = [&] { return history_.moded_speedups(planned, build); },
                                .rounds = rounds_due_[planned],
                                .span_s = span_of(planned)});
      if (stop == Stop::kGoOn) return stop;
    }
    return stop;
  }

  double span_of(std::size_t planned) const {
    const auto found = starts_.find(planned);
    return found == starts_.end() ? 0 : found->second.last - found->second.first;
  }

  bool over_budget() const {
    return replay_.empty() && plan_.budget_s > 0 && seconds_since(session_start_) >= plan_.budget_s;
  }

  // False when the run was interrupted or its time is over. A block that was begun is ended, so that
  // pairs are whole.
  bool take_round(const std::vector<Slot>& order, Progress& progress) {
    std::size_t block = order.front().block;
    for (const auto& slot : order) {
      if (slot.block != block && over_budget()) return false;
      block = slot.block;
      progress.sample(plan_.cases[slot.planned].c.name());
      if (take_again(slot)) {
        progress.taken_before();
      } else if (!take(slot, progress)) {
        return false;
      }
    }
    return true;
  }

  // --- samples ---

  // Where an earlier session took this sample, its event counts as taken now.
  bool take_again(const Slot& slot) {
    collect_sessions();
    if (replay_.empty()) return false;
    const Event event = std::move(replay_.front());
    replay_.pop_front();
    if (event.planned != slot.planned || event.build != slot.build || event.round != round_) {
      refuse_journal("its sample " + std::to_string(sequence_) +
                     " is not the one that the schedule asks for");
    }
    if (event.measured) {
      remember(slot, *event.measured, event.started_s);
    } else {
      has_failed(slot.planned);
    }
    earlier_s_ = std::max(earlier_s_, event.started_s);
    ++sequence_;
    return true;
  }

  [[noreturn]] void refuse_journal(const std::string& why) const {
    throw UsageError(journal_path(plan_) + ": cannot be taken up again: " + why +
                     "; run `breakeven recover` on its folder for what it holds, and start a new run");
  }

  // False when the run was interrupted, or must end.
  bool take(const Slot& slot, Progress& progress) {
    const auto& planned = plan_.cases[slot.planned];
    if (changed_ = sampler_.changed(); !changed_.empty() || !left_on_.empty()) return false;
    if (!ask_for_reference(slot.block)) return false;
    const double started_s = elapsed();
    Taken taken = sampler_.take(plan_.builds[slot.build], request_for(slot));
    if (taken.interrupted || supervisor_.interrupted()) return false;
    left_on_ = taken.left_on;
    taken.record = held_against_the_baseline(std::move(taken.record), slot);
    const Taking taking{.planned = planned,
                        .slot = slot,
                        .block = blocks_[slot.block].name,
                        .build = plan_.builds[slot.build].name,
                        .round = round_,
                        .most_rounds = stop_rule_->most_rounds(),
                        .sequence = sequence_,
                        .set_aside = why_set_aside(plan_.set_aside, taken.record.said.at("covariates")),
                        .started_s = started_s};
    if (taken.record.ok()) {
      const Json row = sample_row(taking, taken.record);
      journal_->append("sample", row);
      remember(slot, measured_of(row.at("breakeven")), started_s);
    } else {
      progress.failure(planned.c.name(), taken.record.reason);
      if (has_failed(slot.planned)) progress.given_up(planned.c.name());
      journal_->append("failure", failure_entry(taking, taken.record));
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
                    .deadline_s = plan_.deadline_s,
                    .extra = build.extra,
                    .sampling = {},
                    .cpus = cpus_of(planned.c),
                    .pages = resolved(planned.c.pages),
                    .counters = plan_.counters};
    if (const auto known = calibration_.find(slot.planned); known != calibration_.end()) {
      request.iterations = known->second.iterations;
      request.batch = known->second.batch;
    }
    return request;
  }

  // A family that brings its own baseline could be wrong as a whole: its block's outputs are held against the program's
  // own serial loop, run once, untimed. False when that was interrupted.
  bool ask_for_reference(std::size_t block) {
    const auto& baselines = blocks_[block].baselines;
    const auto is_own = [&](std::size_t planned) { return plan_.cases[planned].c.backend == "serial"; };
    if (digests_.contains(block) || baselines.empty() || std::ranges::any_of(baselines, is_own)) return true;
    const auto* workload = WorkloadRegistry::instance().find(plan_.cases[baselines.front()].c.workload);
    if (!workload || workload->described) return true;  // the program's own loop cannot run it
    Request request = request_for({.block = block, .planned = baselines.front()});
    request.c.backend = "serial";
    request.c.workers = 1;
    request.iterations = request.batch = 1;
    request.timing = {.min_time_s = 0};
    request.cpus = {};
    const Taken taken = sampler_.take(plan_.builds.front(), request);
    if (taken.interrupted || supervisor_.interrupted()) return false;
    if (!taken.record.ok()) return true;  // then the block's own baseline must do
    digests_.emplace(block, Reference{measured_of(taken.record.said).digest, "serial"});
    journal_->append("reference", {{"block", blocks_[block].name}, {"digest", digests_.at(block).digest}});
    return true;
  }

  // Counts a failed sample of the case; true when it was the last that it gets: what has failed three times and never
  // worked would fail in every round to come, each time up to its deadline.
  bool has_failed(std::size_t planned) {
    if (calibration_.contains(planned)) return false;
    return ++failed_[planned] == kMostFailures;
  }

  bool is_given_up(std::size_t planned) const {
    const auto found = failed_.find(planned);
    return found != failed_.end() && found->second >= kMostFailures && !calibration_.contains(planned);
  }

  // The cell is not told what its answer should be. Where the baseline's is known, a sample that differs is a
  // failure at once; what was taken before its baseline is judged when the results are derived.
  Record held_against_the_baseline(Record record, const Slot& slot) const {
    const auto known = digests_.find(slot.block);
    if (!record.ok() || known == digests_.end()) return record;
    const auto digest = measured_of(record.said).digest;
    if (digest == known->second.digest) return record;
    const bool plain_loop = plan_.cases[slot.planned].c.backend == known->second.backend;
    return failed_record("wrong_digest", wrong_digest(digest, known->second.digest, plain_loop),
                         std::move(record.said));
  }

  // The first good sample of a case, of whichever build, fixes iterations and batch for all that follow.
  void remember(const Slot& slot, const Measured& sample, double started_s) {
    calibration_.try_emplace(slot.planned, Calibration{sample.iterations, sample.batch});
    if (plan_.cases[slot.planned].role == Role::kBaseline)
      digests_.try_emplace(slot.block, Reference{sample.digest, plan_.cases[slot.planned].c.backend});
    if (!sample.set_aside) history_.add(slot, round_, sample.real_time_ns, sample.line_ns);
    starts_.try_emplace(slot.planned, Starts{started_s, started_s}).first->second.last = started_s;
    timed_s_ += sample.timed_s;
    warmup_s_ += sample.warmup_s;
  }

  // --- what came of it ---

  double elapsed() const { return earlier_s_ + seconds_since(session_start_); }

  std::optional<double> worst_precision() const {
    double worst = 0;
    for (const auto& block : blocks_) {
      for (const auto planned : block.cases) {
        if (!is_wanted(planned)) continue;
        const auto precision = precision_of(history_, plan_.builds.size(), planned);
        if (!precision) return std::nullopt;
        worst = std::max(worst, *precision);
      }
    }
    return worst;
  }

  struct Calibration {
    std::size_t iterations, batch;
  };
  struct Starts {
    double first, last;
  };

  const RunPlan& plan_;
  std::vector<Block> blocks_;
  History history_;
  std::vector<unsigned> rounds_due_;  // by case: whole rounds in which it was live
  std::vector<Stop> stops_;           // by case, as of the last whole round
  Supervisor supervisor_;
  Sampler sampler_;
  std::unique_ptr<Journal> journal_;
  std::deque<Event> replay_;        // of earlier sessions, not yet gone through
  std::optional<Session> pending_;  // begun, to hold from the next round on
  Session session_;
  std::unique_ptr<StopRule> stop_rule_;
  std::set<std::string> only_;
  std::map<std::size_t, Calibration> calibration_;  // by case
  // By block: the program's own serial loop's, or its first baseline sample's.
  struct Reference {
    std::string digest, backend;
  };
  std::map<std::size_t, Reference> digests_;
  static constexpr unsigned kMostFailures = 3;
  std::map<std::size_t, unsigned> failed_;  // by case
  std::string changed_;                     // a file that was measured, and is no longer what it was
  std::string left_on_;                     // a host that may have processes of a sample, with why
  std::map<std::size_t, Starts> starts_;    // by case: seconds into the run
  Clock::time_point session_start_ = Clock::now();
  double earlier_s_ = 0;        // how long earlier sessions took
  unsigned round_ = 0;          // the current one; so many are done
  std::uint64_t sequence_ = 0;  // samples taken so far
  double timed_s_ = 0, warmup_s_ = 0;
};

}  // namespace

RunReport run_suite(const RunPlan& plan, const Catalogue& catalogue) try {
  return Run(plan, catalogue).execute();
} catch (const Json::exception& error) {
  throw UsageError(journal_path(plan) + ": is no journal of this program: " + error.what());
}

}  // namespace breakeven
