#include "bench/cli/experiment.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <regex>
#include <set>
#include <sstream>

#include "backends/contract/error.h"
#include "bench/cli/interpreters.h"
#include "bench/cli/next_step.h"
#include "bench/cli/place.h"
#include "bench/doctor/findings.h"
#include "bench/installation/interpreters.h"
#include "bench/machine/machine.h"
#include "bench/plan/costs.h"
#include "bench/plan/outside_workload.h"
#include "bench/record/header.h"
#include "bench/run/trace.h"
#include "bench/summary/summary.h"
#include "bench/text/output.h"
#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {

// An option is a member here, a line in add_experiment_options, and the place below where it is applied.
struct ExperimentOptions {
  std::string out, filter, only, budget, resume, precision, seed, rounds, hosts,
      trace;  // as typed; empty: not given
  std::vector<std::string> axes, builds, cases, manifests, interpreters;
  unsigned baseline_rounds = 0;
  bool counters = false, dry_run = false, quiet = false;
};

std::shared_ptr<ExperimentOptions> add_experiment_options(CLI::App& command, bool of_a_suite) {
  auto options = std::make_shared<ExperimentOptions>();
  auto& o = *options;
  if (of_a_suite) {
    command.add_option("--filter", o.filter, "only cases whose name matches this regex")->type_name("REGEX");
    command.add_option("--axis", o.axes, "NAME=VALUE[,VALUE...]: replace an axis of the suite")
        ->type_name("AXIS");
    command.add_option("--only", o.only, "only the cases named in this file, one a line")->type_name("FILE");
    command.add_option("--hosts", o.hosts, "hosts of axis nodes: a file, or slurm (docs/clusters.md)")
        ->type_name("FILE");
    command.add_option("--baseline-rounds", o.baseline_rounds, "measure baselines in so many rounds only")
        ->type_name("N");
    command.add_option("--resume", o.resume, "go on with the run in this folder")->type_name("FOLDER");
  }
  command.add_option("--case", o.cases, "only the case of this name; may be repeated")->type_name("NAME");
  command.add_option("--out", o.out, "folder for the results, or a .json file in one")->type_name("PLACE");
  command.add_option("--rounds", o.rounds, "samples a case; 6 give a 95 % interval")->type_name("N");
  command.add_option("--precision", o.precision, "stop a case at this width, such as 2%")->type_name("SHARE");
  command.add_option("--budget", o.budget, "begin no new block after this time: 60s")->type_name("TIME");
  command.add_option("--trace", o.trace, "draw when tasks of the one case ran (Perfetto)")->type_name("FILE");
  command.add_option("--seed", o.seed, "of the order and of the payload")->type_name("N");
  command.add_option("--build", o.builds, "NAME=PATH[,extra=5%]: measure this program")->type_name("BUILD");
  command.add_option("--interpreter", o.interpreters, "also by this Python: 3.14t (docs/python.md)")
      ->type_name("PYTHON");
  command.add_option("--backend-manifest", o.manifests, "file that names further cell commands")
      ->type_name("FILE");
  command.add_flag("--counters", o.counters, "count instructions, cycles, cache misses too");
  command.add_flag("--dry-run", o.dry_run, "print the cases and the expected time, and stop");
  command.add_flag("-q,--quiet", o.quiet, "no progress and no table");
  return options;
}

const std::vector<std::string>& given_interpreters(const ExperimentOptions& options) {
  return options.interpreters;
}

namespace {

namespace fs = std::filesystem;

constexpr unsigned kRoundsForPrecision = 60;

// Reads an option's text; a complaint names the option.
template <class Parse>
auto of_flag(const std::string& flag, const std::string& text, Parse parse) {
  try {
    return parse(text);
  } catch (const UsageError& error) {
    throw UsageError(flag + ": " + error.what());
  }
}

// Keeps the cases that `wanted` says, with their yardsticks; drops yardsticks that nobody needs any more.
template <class Wanted>
void keep(Expansion& expansion, Wanted wanted) {
  std::set<std::string> blocks;
  for (const auto& planned : expansion.cases) {
    if (planned.role == Role::kCase && wanted(planned.c.name())) blocks.insert(planned.c.shape_name());
  }
  std::erase_if(expansion.cases, [&](const PlannedCase& planned) {
    if (planned.role == Role::kCase) return !wanted(planned.c.name());
    return !blocks.contains(planned.c.shape_name());
  });
  std::erase_if(expansion.skipped, [&](const SkippedCase& skipped) { return !wanted(skipped.c.name()); });
}

void apply_filter(Expansion& expansion, const std::string& filter) {
  if (filter.empty()) return;
  try {
    const std::regex pattern(filter);
    keep(expansion, [&](const std::string& name) { return std::regex_search(name, pattern); });
  } catch (const std::regex_error& error) {
    throw UsageError("--filter \"" + filter + "\": is no regular expression (ECMAScript): " + error.what());
  }
}

// One line a reason on standard error.
void explain_skipped(const std::vector<SkippedCase>& skipped) {
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& skip : skipped) names[skip.reason].push_back(skip.c.name());
  for (const auto& [reason, cases] : names) {
    const auto others = cases.size() > 1 ? " and " + std::to_string(cases.size() - 1) + " more" : "";
    std::cerr << "skipped: " << cases.front() << others << ": " << reason << "\n";
  }
}

// The names that --case gives, and those of the file of --only, one a line; each must be one of `cases`.
std::set<std::string> wanted_names(const ExperimentOptions& options, const std::vector<PlannedCase>& cases) {
  std::set<std::string> names, known;
  for (const auto& planned : cases) known.insert(planned.c.name());
  const auto want = [&](const std::string& where, const std::string& name) {
    if (!known.contains(name))
      throw UsageError(where + ": " + unknown_word("case", name, {known.begin(), known.end()}));
    names.insert(name);
  };
  for (const auto& name : options.cases) want("--case", name);
  if (!options.only.empty()) {
    std::istringstream lines(read_text_file(options.only));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) want(options.only, line);
    }
  }
  return names;
}

Build build_from_text(const std::string& text) {
  const auto equals = text.find('=');
  const auto comma = text.find(',', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || equals == 0) {
    throw UsageError("--build " + text + ": write NAME=PATH[,extra=5%]");
  }
  Build build{
      .name = text.substr(0, equals), .executable = text.substr(equals + 1, comma - equals - 1), .extra = 0};
  if (comma != std::string::npos) {
    const auto option = text.substr(comma + 1);
    if (!option.starts_with("extra="))
      throw UsageError("--build " + text + ": " + unknown_word("option", option, {"extra=5%"}));
    build.extra = of_flag("--build " + text, option.substr(6), parse_fraction);
  }
  std::error_code error;
  build.executable = fs::absolute(build.executable).string();
  if (!fs::is_regular_file(build.executable, error)) {
    throw UsageError("--build " + text + ": there is no program " + build.executable);
  }
  return build;
}

std::vector<Build> given_builds(const ExperimentOptions& options) {
  std::vector<Build> builds;
  for (const auto& text : options.builds) {
    builds.push_back(build_from_text(text));
    for (std::size_t i = 0; i + 1 < builds.size(); ++i) {
      if (builds[i].name == builds.back().name)
        throw UsageError("--build: two builds are called " + builds[i].name);
    }
  }
  return builds;
}

void print_plan(const RunPlan& plan, const Catalogue& catalogue) {
  for (const auto& planned : plan.cases) {
    std::cout << planned.c.name()
              << (planned.role == Role::kCase ? "" : "  (" + to_string(planned.role) + ")") << "\n";
  }
  for (const auto& skip : plan.skipped)
    std::cout << "skipped: " << skip.c.name() << ": " << skip.reason << "\n";
  std::cout << plan.cases.size() << " cases in " << blocks_of(plan.cases).size() << " blocks, "
            << plan.skipped.size() << " skipped; up to " << plan.session.rounds << " rounds, about "
            << format_seconds(expected_seconds(plan, catalogue)) << "\n";
}

// A run whose time is bounded says so before it begins.
void announce(const RunPlan& plan) {
  if (plan.budget_s <= 0) return;
  std::string text =
      counted(plan.cases.size(), "case") + ": this takes at most " + format_seconds(plan.budget_s);
  if (plan.session.precision > 0) {
    char percent[32];
    std::snprintf(percent, sizeof percent, "%.2g %%", plan.session.precision * 100);
    text += ", and less where every one is known to " + std::string(percent) + " before";
  }
  std::fprintf(stderr, "%s\n", text.c_str());
}

void print_end(const RunPlan& plan, const RunReport& report, const std::string& next) {
  const auto aside = report.counts.set_aside == 0
                         ? ""
                         : std::to_string(report.counts.set_aside) + " set aside by the suite's rule, ";
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, "%.0f %%", report.timed_fraction * 100);
  std::cout << report.counts.samples << " samples in " << format_seconds(report.wall_s) << " (" << fraction
            << " of it timed), " << report.counts.failures << " failed, " << aside << report.counts.skipped
            << " cases skipped\n"
            << next << plan.results << "\n";
}

int exit_code(const RunReport& report) {
  if (!report.changed.empty()) {
    std::fprintf(stderr,
                 "breakeven: %s was changed while it was measured, so that the run ended; what it measured "
                 "until then is "
                 "written; start a new run\n",
                 report.changed.c_str());
    return kExitSampleFailed;
  }
  if (!report.left_on.empty()) {
    std::fprintf(
        stderr,
        "breakeven: host %s, so that the run ended; what it measured until then is written; end them "
        "there, and go on by --resume\n",
        plain(report.left_on).c_str());
    return kExitSampleFailed;
  }
  if (report.interrupted) return 128 + report.interrupted;
  if (report.counts.samples + report.counts.set_aside == 0) return kExitUsage;
  return report.counts.failures == 0 ? kExitOk : kExitSampleFailed;
}

// What the command line says of a session, over what the suite or the last session said.
void apply_session_options(Session& session, const ExperimentOptions& options) {
  if (!options.precision.empty()) {
    session.precision = of_flag("--precision", options.precision, parse_fraction);
    if (!(session.precision > 0 && session.precision < 1)) {
      throw UsageError("--precision " + options.precision + ": expected more than 0 and less than 100 %");
    }
    session.rounds = std::max(session.rounds, kRoundsForPrecision);
  }
  if (options.rounds.empty()) return;
  const auto rounds = of_flag("--rounds", options.rounds, parse_count);
  if (rounds == 0 || rounds > 100'000)
    throw UsageError("--rounds " + options.rounds + ": expected 1 to 100000");
  session.rounds = static_cast<unsigned>(rounds);
}

// A build with more work measures nothing where a cell cannot do more.
void skip_without_extra(RunPlan& plan, const Catalogue& catalogue) {
  std::erase_if(plan.cases, [&](const PlannedCase& each) {
    const bool able = catalogue.resolve(each.c.backend).entry->can.extra;
    if (!able) plan.skipped.push_back({each.c, "its cell takes no extra work (can.extra)"});
    return !able;
  });
}

RunPlan plan_of_suite(Suite suite, const ExperimentOptions& options, const Catalogue& catalogue,
                      const Invocation& invocation) {
  if (!options.seed.empty()) suite.seed = of_flag("--seed", options.seed, parse_count);
  for (const auto& axis : options.axes) override_axis(suite, axis);
  add_outside_workloads(suite, catalogue);
  Expansion expansion = expand(suite, catalogue, usable_cores());
  apply_filter(expansion, options.filter);
  if (!options.only.empty() || !options.cases.empty()) {
    const auto names = wanted_names(options, expansion.cases);
    keep(expansion, [&](const std::string& name) { return names.contains(name); });
  }
  if (expansion.cases.empty()) {
    explain_skipped(expansion.skipped);
    throw UsageError("nothing is left to measure; loosen --filter, --only or the axes");
  }
  resolve_costs(expansion);
  RunPlan plan{.suite = suite.name,
               .seed = suite.seed,
               .deadline_s = suite.deadline_s,
               .cases = std::move(expansion.cases),
               .skipped = std::move(expansion.skipped),
               .builds = given_builds(options),
               .session = {.rounds = suite.rounds,
                           .precision = suite.precision,
                           .only = {},
                           .drop_losers = suite.drop_losers},
               .baseline_rounds = options.baseline_rounds,
               .counters = suite.counters || options.counters,
               .set_aside = suite.set_aside,
               .budget_s = suite.budget_s,
               .results = options.out.empty() ? "" : given_place(options.out),
               .command = invocation.words,
               .resume = false};
  if (plan.builds.empty())
    plan.builds.push_back({.name = "head", .executable = invocation.executable, .extra = 0});
  if (std::ranges::any_of(plan.builds, [](const Build& build) { return build.extra > 0; }))
    skip_without_extra(plan, catalogue);
  return plan;
}

RunPlan plan_of_earlier_run(const ExperimentOptions& options, const Invocation& invocation) {
  if (!options.axes.empty() || !options.filter.empty() || !options.seed.empty() || !options.out.empty() ||
      options.baseline_rounds != 0) {
    throw UsageError(
        "--resume goes on with the cases and the seed of that run; give only --rounds, --precision, --only, "
        "--budget and the same --build beside it");
  }
  RunPlan plan = plan_of_journal(options.resume, invocation.executable, given_builds(options));
  if (!options.only.empty() || !options.cases.empty()) {
    const auto names = wanted_names(options, plan.cases);
    plan.session.only = {names.begin(), names.end()};
  }
  return plan;
}

// A journal may not name what starts commands elsewhere: the command line says it again.
void check_hosts(const RunPlan& plan, const Hosts& hosts) {
  const Json then = plan.context.value(Json::json_pointer("/breakeven/hosts"), Json());
  if (then == hosts.to_json()) return;
  throw UsageError("--resume: that run " +
                   (then.is_null() ? "had no --hosts: leave it out"
                                   : "used the hosts " + excerpt(then) + ": give the same file by --hosts"));
}

// A plan that is ready but for its place, for a run of its own or for one that is taken up again.
RunPlan plan_of(const std::optional<Suite>& suite, const ExperimentOptions& options,
                const Catalogue& catalogue, const Invocation& invocation) {
  if (options.resume.empty()) {
    if (!suite) throw UsageError("a suite is missing: breakeven run SUITE; `breakeven list` names them");
    return plan_of_suite(*suite, options, catalogue, invocation);
  }
  RunPlan plan = plan_of_earlier_run(options, invocation);
  check_hosts(plan, catalogue.hosts());
  if (suite) {
    const auto now = suite_digest(expand(*suite, catalogue, usable_cores()).cases);
    if (const auto then = suite_digest(plan.cases); suite->name != plan.suite || now != then) {
      throw UsageError("--resume " + options.resume + ": that run's suite was " + plan.suite + " (cases " +
                       then + "), this is " + suite->name + " (cases " + now +
                       "); leave the suite out, or start a new run");
    }
  }
  return plan;
}

std::vector<std::string> unoptimised_workloads(const RunPlan& plan) {
  std::vector<std::string> names;
  for (const auto& workload : WorkloadRegistry::instance().all()) {
    const auto measures = [&](const auto& each) { return each.c.workload == workload.name; };
    if (!workload.optimised && std::ranges::any_of(plan.cases, measures)) names.push_back(workload.name);
  }
  return names;
}

// Before anything is measured; what is wrong with the program itself misleads, and is said in full.
void warn_of(const std::vector<Finding>& findings) {
  for (const auto& finding : findings) {
    if (finding.severity != Finding::Severity::kWarning) continue;
    const bool program = finding.id == "unoptimised_workload" || finding.id == "debug_program";
    std::fprintf(stderr, "warning: %s%s\n", finding.what.c_str(),
                 program ? (" " + finding.effect + ": " + finding.remedy).c_str() : "");
  }
}

void trace(const RunPlan& plan, const Catalogue& catalogue, const std::string& path) {
  if (const auto reason = write_trace(plan, catalogue, path); !reason.empty())
    std::fprintf(stderr, "no trace: %s\n", plain(reason).c_str());
}

}  // namespace

int run_experiment(const std::optional<Suite>& suite, const ExperimentOptions& options,
                   const Invocation& invocation) {
  Catalogue catalogue;
  catalogue.add_installed_manifests();
  for (const auto& manifest : options.manifests) catalogue.add_manifest(manifest);
  catalogue.use(Hosts::given(options.hosts));
  std::optional<Suite> asked = suite;
  if (!options.interpreters.empty()) {
    catalogue.use(find_interpreters(options.interpreters));
    if (asked) add_interpreters(*asked, catalogue);
  }
  RunPlan plan = plan_of(asked, options, catalogue, invocation);
  apply_session_options(plan.session, options);
  plan.quiet = options.quiet;
  if (!options.budget.empty()) plan.budget_s = of_flag("--budget", options.budget, parse_seconds);
  if (options.dry_run) {
    print_plan(plan, catalogue);
    return kExitOk;
  }
  if (!options.trace.empty()) case_to_trace(plan);  // refused before anything is measured
  const bool default_place = plan.results.empty();
  if (default_place) plan.results = fresh_place(plan.suite);
  if (!plan.resume) {
    plan.context = machine_context(plan.builds.front().executable);
    if (const auto names = unoptimised_workloads(plan); !names.empty())
      plan.context["breakeven"]["unoptimised_workloads"] = names;
    if (catalogue.hosts().any()) plan.context["breakeven"]["hosts"] = catalogue.hosts().to_json();
    const auto findings = find_disturbances(plan.context);
    plan.context["breakeven"]["findings"] = to_json(findings);
    if (!options.quiet) warn_of(findings);
  }
  refuse_unwritable(plan.results, default_place);
  if (!options.quiet) announce(plan);
  const RunReport report = run_suite(plan, catalogue);
  if (default_place && !report.interrupted) point_latest(plan.results);
  std::string next;
  if (!options.quiet) {
    const auto file = read_result_file(plan.results);
    print_tables(std::cout, file, terminal_width());
    std::cout << "\n";
    next = next_step(plan, report, file);
  }
  if (!options.trace.empty() && !report.interrupted) trace(plan, catalogue, options.trace);
  print_end(plan, report, next);
  return exit_code(report);
}

}  // namespace breakeven
