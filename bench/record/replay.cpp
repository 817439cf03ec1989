#include "bench/record/replay.h"

#include <limits>
#include <map>

#include "bench/record/journal.h"

namespace breakeven {
namespace {

constexpr auto kNowhere = std::numeric_limits<std::size_t>::max();

}  // namespace

std::deque<Event> events_of(const std::string& journal, const RunPlan& plan) {
  std::map<std::string, std::size_t> cases, builds;
  for (std::size_t i = 0; i < plan.cases.size(); ++i) cases.emplace(plan.cases[i].c.name(), i);
  for (std::size_t i = 0; i < plan.builds.size(); ++i) builds.emplace(plan.builds[i].name, i);
  const auto index = [](const std::map<std::string, std::size_t>& indices, const std::string& name) {
    const auto found = indices.find(name);
    return found == indices.end() ? kNowhere : found->second;
  };
  std::deque<Event> events;
  read_journal(journal, [&](const std::string& kind, const Json& entry) {
    if (kind == "session") events.push_back({.session = session_from_json(entry, journal), .measured = {}});
    if (kind != "sample" && kind != "failure") return;
    const Json& place = kind == "sample" ? entry.at("breakeven") : entry;
    events.push_back(
        {.session = {},
         .measured = kind == "sample" ? std::optional(measured_of(entry.at("breakeven"))) : std::nullopt,
         .planned = index(cases, entry.at("name")),
         .build = index(builds, place.at("build")),
         .round = place.at("round"),
         .started_s = place.at("started_s")});
  });
  return events;
}

}  // namespace breakeven
