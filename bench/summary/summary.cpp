#include "bench/summary/summary.h"

#include <algorithm>
#include <cmath>

#include "bench/summary/answer.h"

namespace breakeven {
namespace {

Figure exponential(const std::vector<double>& logs) {
  Figure figure{.value = std::exp(median(logs)), .low = {}, .high = {}};
  if (const auto interval = median_interval(logs, 0.95)) {
    figure.low = std::exp(interval->low);
    figure.high = std::exp(interval->high);
  }
  return figure;
}

Figure time_of(std::vector<double> times_ns) {
  for (auto& time : times_ns) time = std::log(time);
  return exponential(times_ns);
}

bool has_empty_tasks(const Case& c) {
  const auto& workloads = WorkloadRegistry::instance().all();
  const auto found = std::ranges::find(workloads, c.workload, &WorkloadFactory::name);
  return c.shape.cost == 0 && found != workloads.end() && found->has_cost;
}

std::optional<CaseSummary> case_summary(const ResultFile& file, std::size_t planned, std::size_t build) {
  const History& history = file.history.at(0);
  const auto times = history.times_ns(planned, build);
  if (times.empty()) return std::nullopt;
  CaseSummary summary;
  summary.c = file.cases[planned].c;
  summary.role = file.cases[planned].role;
  summary.is_process = file.processes.contains(summary.c.backend);
  summary.rounds = times.size();
  summary.time_ns = time_of(times);
  if (summary.role == Role::kBaseline) return summary;
  if (const auto logs = history.log_speedups(planned, build); !logs.empty())
    summary.speedup = exponential(logs);
  if (const auto ratios = history.moded_speedups(planned, build); is_bimodal(ratios))
    summary.modes = by_mode(ratios);
  if (const auto ceiling = history.ceiling_of(planned); ceiling && *ceiling != planned) {
    if (const auto shares = history.log_ratios(*ceiling, planned, build); !shares.empty())
      summary.ceiling_share = std::exp(median(shares));
  }
  if (const auto found = file.completions.find({planned, build}); found != file.completions.end()) {
    summary.first_ns = median(found->second.first_ns);
    summary.p99_ns = median(found->second.p99_ns);
  }
  return summary;
}

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json to_json(const Figure& figure) {
  return {{"value", figure.value}, {"low", or_null(figure.low)}, {"high", or_null(figure.high)}};
}

Json to_json(const CaseSummary& summary, bool empty_tasks) {
  const auto tasks = static_cast<double>(summary.c.shape.tasks);
  Json json = {{"name", summary.c.name()},
               {"case", to_json(summary.c)},
               {"role", to_string(summary.role)},
               {"rounds", summary.rounds},
               {"time_ns", to_json(summary.time_ns)},
               {"speedup", summary.speedup ? to_json(*summary.speedup) : Json()},
               {"efficiency", summary.speedup ? Json(summary.speedup->value / summary.c.workers) : Json()},
               {"ceiling_share", or_null(summary.ceiling_share)},
               {"overhead_ns_per_task", empty_tasks ? Json(summary.time_ns.value / tasks) : Json()},
               {"first_result_ns", or_null(summary.first_ns)},
               {"p99_result_ns", or_null(summary.p99_ns)},
               {"modes", Json::array()}};
  for (const auto& mode : summary.modes) {
    Figure figure{.value = std::exp(mode.estimate), .low = {}, .high = {}};
    if (mode.interval) figure = {figure.value, std::exp(mode.interval->low), std::exp(mode.interval->high)};
    json["modes"].push_back({{"mode", mode.mode}, {"share", mode.share}, {"speedup", to_json(figure)}});
  }
  return json;
}

bool overlap(const Figure& a, const Figure& b) {
  return !a.low || !a.high || !b.low || !b.high || (*a.low <= *b.high && *b.low <= *a.high);
}

// Whether an interval tells the two apart; where both have a speed-up by theirs, which are paired.
bool is_tie(const CaseSummary& a, const CaseSummary& b) {
  return a.speedup && b.speedup ? overlap(*a.speedup, *b.speedup) : overlap(a.time_ns, b.time_ns);
}

// The fastest first, but what no interval tells apart from the first of its group stays in the suite's order.
void order(std::vector<CaseSummary>& cases) {
  std::vector<std::pair<std::size_t, CaseSummary>> sorted;
  sorted.reserve(cases.size());
  for (auto& one : cases) sorted.emplace_back(sorted.size(), std::move(one));
  std::ranges::stable_sort(sorted, {}, [](const auto& each) { return each.second.time_ns.value; });
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto end = std::find_if_not(first, sorted.end(),
                                      [&](const auto& each) { return is_tie(first->second, each.second); });
    std::sort(first, end, [](const auto& a, const auto& b) { return a.first < b.first; });
    first = end;
  }
  for (std::size_t i = 0; i < cases.size(); ++i) cases[i] = std::move(sorted[i].second);
}

}  // namespace

std::vector<BlockSummary> summarise(const ResultFile& file, std::size_t build) {
  std::vector<BlockSummary> summaries;
  for (const auto& block : blocks_of(file.cases)) {
    BlockSummary summary;
    summary.name = block.name;
    if (!block.cases.empty()) summary.comment = file.cases[block.cases.front()].comment;
    const auto take = [&](const std::vector<std::size_t>& members, std::vector<CaseSummary>& into) {
      for (const auto planned : members) {
        if (auto one = case_summary(file, planned, build)) into.push_back(std::move(*one));
      }
      order(into);
    };
    take(block.baselines, summary.baselines);
    take(block.cases, summary.cases);
    for (const auto baseline : block.baselines) {
      if (const auto shares = file.cpu_shares.find(baseline); shares != file.cpu_shares.end())
        summary.cpu_share = median(shares->second);
    }
    if (summary.baselines.empty() && summary.cases.empty()) continue;
    summary.empty_tasks = has_empty_tasks((summary.cases.empty() ? summary.baselines : summary.cases)[0].c);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

Json summary_json(const ResultFile& file) {
  Json builds = Json::array();
  for (std::size_t build = 0; build < file.builds.size(); ++build) {
    Json blocks = Json::array();
    const auto summaries = summarise(file, build);
    for (const auto& block : summaries) {
      Json cases = Json::array();
      for (const auto* list : {&block.baselines, &block.cases}) {
        for (const auto& one : *list) cases.push_back(to_json(one, block.empty_tasks));
      }
      blocks.push_back({{"name", block.name},
                        {"empty_tasks", block.empty_tasks},
                        {"cpu_share", or_null(block.cpu_share)},
                        {"cases", cases}});
    }
    Json sentences = Json::array();
    for (const auto& one : answer(summaries))
      sentences.push_back({{"kind", one.kind}, {"text", one.text}, {"cases", one.cases}});
    builds.push_back({{"name", file.builds[build]}, {"answer", sentences}, {"blocks", blocks}});
  }
  const Json& ours = file.context.at("breakeven");
  return {{"breakeven_summary", 1},
          {"suite", ours.value("suite", Json())},
          {"started", ours.value("started", Json())},
          {"interrupted", ours.value("interrupted", Json())},
          {"processes", file.processes},
          {"builds", builds},
          {"failures", file.failures},
          {"skipped", file.skipped},
          {"set_aside", file.set_aside}};
}

}  // namespace breakeven
