#include "bench/run/trace.h"

#include <algorithm>
#include <map>
#include <set>

#include "backends/contract/error.h"
#include "bench/run/sampler.h"
#include "bench/text/output.h"

namespace breakeven {
namespace {

// Source of the format: "Trace Event Format", catapult project; `ts` and `dur` are in us.
Json events_of(const Json& spans, const std::string& process) {
  struct Bar {
    std::size_t task;
    double begin_us, end_us;
    bool begin_known;
    unsigned worker;
  };
  std::vector<Bar> bars;
  for (std::size_t task = 0; task < spans.size(); ++task) {
    const Json& span = spans[task];
    const bool known = !span.at(1).is_null();
    bars.push_back({.task = task,
                    .begin_us = known ? span.at(1).get<double>() / 1e3 : 0,
                    .end_us = span.at(2).get<double>() / 1e3,
                    .begin_known = known,
                    .worker = span.at(0)});
  }
  std::ranges::sort(bars, {}, &Bar::end_us);
  Json events = Json::array();
  events.push_back({{"name", "process_name"}, {"ph", "M"}, {"pid", 1}, {"args", {{"name", process}}}});
  std::map<unsigned, double> last_end_us;
  for (auto& bar : bars) {
    if (!last_end_us.contains(bar.worker)) {
      events.push_back({{"name", "thread_name"},
                        {"ph", "M"},
                        {"pid", 1},
                        {"tid", bar.worker},
                        {"args", {{"name", "worker " + std::to_string(bar.worker)}}}});
    }
    if (!bar.begin_known) bar.begin_us = last_end_us[bar.worker];
    last_end_us[bar.worker] = bar.end_us;
    Json event = {{"name", "task " + std::to_string(bar.task)},
                  {"ph", "X"},
                  {"pid", 1},
                  {"tid", bar.worker},
                  {"ts", bar.begin_us},
                  {"dur", bar.end_us - bar.begin_us}};
    if (!bar.begin_known)
      event["args"] = {{"begin", "the last result of its worker before: its own is not known"}};
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

const PlannedCase& case_to_trace(const RunPlan& plan) {
  const std::set<std::string> only(plan.session.only.begin(), plan.session.only.end());
  std::vector<const PlannedCase*> found;
  for (const auto& planned : plan.cases) {
    if (planned.role == Role::kCase && (only.empty() || only.contains(planned.c.name())))
      found.push_back(&planned);
  }
  if (found.size() == 1) return *found.front();
  throw UsageError("--trace shows one case, and these are " + std::to_string(found.size()) +
                   ": choose it by --case NAME (--dry-run prints the names)");
}

std::string write_trace(const RunPlan& plan, const Catalogue& catalogue, const std::string& path) {
  const auto& planned = case_to_trace(plan);
  Request request{
      .c = planned.c, .build = {}, .timing = planned.timing, .sampling = {}, .cpus = cpus_of(planned.c)};
  request.build = plan.builds.front().name;
  request.timing.completion = true;
  request.spans = true;
  request.deadline_s = plan.deadline_s;
  request.pages = resolved(planned.c.pages);
  Supervisor supervisor;
  Sampler sampler(catalogue, supervisor);
  const Taken taken = sampler.take(plan.builds.front(), request);
  if (taken.interrupted) return "it was interrupted";
  if (!taken.record.ok()) return taken.record.reason;
  const auto spans = taken.record.said.find("spans");
  if (spans == taken.record.said.end() || !spans->is_array())
    return "the cell of " + planned.c.backend + " does not tell when its tasks run";
  const Json trace = {{"traceEvents", events_of(*spans, planned.c.name())}, {"displayTimeUnit", "ns"}};
  AtomicFile file(path);
  file.write(trace.dump() + "\n");
  file.commit();
  return "";
}

}  // namespace breakeven
