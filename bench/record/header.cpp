#include "bench/record/header.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "backends/contract/error.h"
#include "bench/machine/hardware_counters.h"
#include "bench/machine/machine.h"
#include "bench/record/journal.h"
#include "bench/text/file_digest.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

Json planned_json(const PlannedCase& planned) {
  return {{"case", to_json(planned.c)},
          {"role", to_string(planned.role)},
          {"baseline", planned.baseline},
          {"min_time_s", planned.timing.min_time_s},
          {"min_iterations", planned.timing.min_iterations},
          {"completion", planned.timing.completion},
          {"most_rounds", planned.most_rounds},
          {"comment", planned.comment}};
}

PlannedCase planned_from_json(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  PlannedCase planned;
  planned.c = case_from_json(reader.raw("case"), reader.path("case"));
  planned.role = reader.word("role", parse_word<Role>);
  planned.baseline = reader.string("baseline");
  planned.timing = {.min_time_s = reader.number("min_time_s"),
                    .min_iterations = reader.integer_within("min_iterations", 1, kMaxIterations),
                    .completion = reader.boolean("completion", false)};
  planned.most_rounds = static_cast<unsigned>(reader.integer("most_rounds", 0));
  planned.comment = reader.string("comment", "");
  return planned;
}

Build build_from_json(const Json& json, const std::string& where, const std::string& running,
                      const std::vector<Build>& given) {
  JsonReader reader(json, where);
  Build build{.name = reader.string("name"), .executable = running, .extra = reader.number("extra")};
  const auto again = std::ranges::find(given, build.name, &Build::name);
  if (again != given.end()) build.executable = again->executable;
  const auto then = reader.string("digest");
  const auto now = file_digest(build.executable);
  if (now == then && (again == given.end() || again->extra == build.extra)) return build;
  if (now == then)
    throw UsageError("build " + build.name + ": was measured with another extra=; say the same again");
  throw UsageError("build " + build.name + ": " + build.executable +
                   " is not the program that was measured (its CRC-32 was " + then + ", is " + now +
                   "); say where that one is: --build " + build.name + "=PATH, or start a new run");
}

// Whether hardware counters were asked for, and why they are null if they are.
Json counters_json(bool asked) {
  const auto reason = asked ? why_no_hardware_counters() : "nobody asked for them (--counters)";
  return {{"asked", asked}, {"reason", reason ? Json(*reason) : Json()}};
}

RunPlan plan_from_header(const Json& header, const std::string& where, const std::string& running,
                         const std::vector<Build>& given) {
  JsonReader reader(header.at("plan"), where + ": plan");
  RunPlan plan;
  plan.results = std::filesystem::path(reader.string("results")).filename();
  plan.suite = reader.string("suite");
  plan.seed = reader.integer("seed");
  plan.session = session_from_json(reader.raw("session"), reader.path("session"));
  plan.deadline_s = reader.number("deadline_s");
  if (!(plan.deadline_s > 0 && plan.deadline_s <= kMaxDeadlineSeconds))
    reader.fail("deadline_s", "expected 0 to 86400");
  plan.counters = reader.boolean("counters", false);
  if (const Json* rules = reader.find("set_aside"))
    plan.set_aside = set_aside_rules(*rules, reader.path("set_aside"));
  plan.baseline_rounds = static_cast<unsigned>(reader.integer("baseline_rounds", 0));
  for (const auto& item : reader.raw("cases"))
    plan.cases.push_back(planned_from_json(item, where + ": plan.cases"));
  for (const auto& item : reader.raw("builds"))
    plan.builds.push_back(build_from_json(item, where + ": plan.builds", running, given));
  // What the run that is taken up again was told of other hosts; the command line must say the same.
  if (const Json* context = JsonReader(header, where).find("context"))
    plan.context["breakeven"]["hosts"] = context->value(Json::json_pointer("/breakeven/hosts"), Json());
  if (plan.cases.empty() || plan.builds.empty())
    throw UsageError(where + ": its plan has no cases or no builds");
  for (const auto& build : given) {
    if (std::ranges::find(plan.builds, build.name, &Build::name) == plan.builds.end())
      throw UsageError("--build " + build.name + ": that run has no build of this name");
  }
  return plan;
}

}  // namespace

Json journal_header(const RunPlan& plan) {
  Json builds = Json::array(), cases = Json::array(), skipped = Json::array(), set_aside = Json::array();
  for (const auto& rule : plan.set_aside) set_aside.push_back(to_json(rule));
  for (const auto& build : plan.builds) {
    builds.push_back({{"name", build.name},
                      {"executable", build.executable},
                      {"extra", build.extra},
                      {"digest", file_digest(build.executable)}});
  }
  for (const auto& planned : plan.cases) cases.push_back(planned_json(planned));
  for (const auto& skip : plan.skipped) {
    skipped.push_back({{"name", skip.c.name()}, {"case", to_json(skip.c)}, {"reason", skip.reason}});
  }
  Json context = plan.context;
  context["breakeven"].update(Json{{"suite", plan.suite},
                                   {"suite_digest", suite_digest(plan.cases)},
                                   {"seed", plan.seed},
                                   {"rounds", plan.session.rounds},
                                   {"started", utc_now()},
                                   {"command", plan.command},
                                   {"set_aside", set_aside},
                                   {"counters", counters_json(plan.counters)},
                                   {"builds", builds}});
  return {{"context", context},
          {"skipped", skipped},
          {"plan",
           {{"results", std::filesystem::path(plan.results).filename().string()},
            {"session", to_json(plan.session)},
            {"suite", plan.suite},
            {"seed", plan.seed},
            {"deadline_s", plan.deadline_s},
            {"counters", plan.counters},
            {"set_aside", set_aside},
            {"baseline_rounds", plan.baseline_rounds},
            {"cases", cases},
            {"builds", builds}}}};
}

RunPlan plan_of_journal(const std::string& place, const std::string& running,
                        const std::vector<Build>& given) {
  const auto path = journal_at(place);
  RunPlan plan;
  read_journal(path, [&](const std::string& kind, const Json& entry) {
    if (kind == "journal") plan = plan_from_header(entry, path, running, given);
    if (kind == "session") plan.session = session_from_json(entry, path);
  });
  plan.results = std::filesystem::path(path).parent_path() / plan.results;
  plan.resume = true;
  return plan;
}

}  // namespace breakeven
