#include "bench/cli/experiment.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <regex>
#include <set>
#include <sstream>

#include "backends/contract/error.h"
#include "bench/costs.h"
#include "bench/machine.h"
#include "bench/output.h"
#include "bench/table.h"
#include "bench/units.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResultsFolder = "results";

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

void apply_only(Expansion& expansion, const std::string& path) {
  if (path.empty()) return;
  std::istringstream lines(read_text_file(path));
  std::set<std::string> names, known;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) names.insert(line);
  }
  for (const auto& planned : expansion.cases) known.insert(planned.c.name());
  for (const auto& name : names) {
    if (!known.contains(name))
      throw UsageError(path + ": " + unknown_word("case", name, {known.begin(), known.end()}));
  }
  keep(expansion, [&](const std::string& name) { return names.contains(name); });
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
    build.extra = parse_fraction(option.substr(6));
  }
  std::error_code error;
  build.executable = fs::absolute(build.executable).string();
  if (!fs::is_regular_file(build.executable, error)) {
    throw UsageError("--build " + text + ": there is no program " + build.executable);
  }
  return build;
}

std::vector<Build> builds_of(const ExperimentOptions& options, const Invocation& invocation) {
  std::vector<Build> builds;
  for (const auto& text : options.builds) {
    builds.push_back(build_from_text(text));
    for (std::size_t i = 0; i + 1 < builds.size(); ++i) {
      if (builds[i].name == builds.back().name)
        throw UsageError("--build: two builds are called " + builds[i].name);
    }
  }
  if (builds.empty()) builds.push_back({.name = "head", .executable = invocation.executable, .extra = 0});
  return builds;
}

// results/SUITE-20261122-130000, with -2, -3, ... where that exists already.
fs::path fresh_folder(const std::string& suite) {
  const std::time_t now = std::time(nullptr);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", std::gmtime(&now));
  const auto wish = fs::path(kResultsFolder) / (suite + "-" + stamp);
  auto folder = wish;
  for (int i = 2; fs::exists(folder); ++i) folder = wish.string() + "-" + std::to_string(i);
  return folder;
}

void print_plan(const RunPlan& plan, double seconds, const StopRule& stop_rule) {
  for (const auto& planned : plan.cases) {
    std::cout << planned.c.name()
              << (planned.role == Role::kCase ? "" : "  (" + to_string(planned.role) + ")") << "\n";
  }
  for (const auto& skip : plan.skipped)
    std::cout << "skipped: " << skip.c.name() << ": " << skip.reason << "\n";
  std::cout << plan.cases.size() << " cases in " << blocks_of(plan.cases).size() << " blocks, "
            << plan.skipped.size() << " skipped; up to " << stop_rule.most_rounds() << " rounds, about "
            << format_seconds(seconds) << "\n";
}

void print_report(const RunPlan& plan, const RunReport& report) {
  for (std::size_t build = 0; build < plan.builds.size(); ++build) {
    if (plan.builds.size() > 1) std::cout << "\nbuild " << plan.builds[build].name << "\n";
    print_table(std::cout, plan.cases, report.history, build);
  }
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, "%.0f %%", report.timed_fraction * 100);
  std::cout << "\n"
            << report.counts.samples << " samples in " << format_seconds(report.wall_s) << " (" << fraction
            << " of it timed), " << report.counts.failures << " failed, " << report.counts.skipped
            << " cases skipped\n"
            << plan.results << "\n";
}

int exit_code(const RunReport& report) {
  if (report.interrupted) return 128 + report.interrupted;
  if (report.counts.samples == 0) return kExitUsage;
  return report.counts.failures == 0 ? kExitOk : kExitSampleFailed;
}

// The link appears when a run ends by itself, so that `latest` is always whole.
void point_latest(const RunPlan& plan, const RunReport& report) {
  if (report.interrupted) return;
  const auto folder = fs::path(plan.results).parent_path();
  point_link((folder.parent_path() / "latest").string(), folder.filename().string());
}

}  // namespace

void add_common_options(CLI::App& command, ExperimentOptions& options, const std::string& out_flag) {
  command.add_option(
      out_flag, options.out,
      "write results to this file, the journal beside it (default: results/SUITE-TIME/results.json,\n"
      "and results/latest points to that folder)");
  command.add_option("--seed", options.seed, "of the order and of the payload (default: the suite's)");
  command.add_option("--rounds", options.rounds,
                     "samples per case; at least 6 give a 95 % interval (default: the suite's)");
  command.add_option("--budget", options.budget, "start no new block after this time, for example 60s");
  command.add_option("--backend-manifest", options.manifests, "JSON file that names further cell commands");
  command.add_option(
      "--build", options.builds,
      "NAME=PATH[,extra=5%]: measure this program instead; give several to compare them in one schedule");
  command.add_flag("--dry-run", options.dry_run, "print the cases and the expected time, and stop");
}

int run_experiment(Suite suite, const ExperimentOptions& options, const Invocation& invocation) {
  if (!options.seed.empty()) suite.seed = parse_count(options.seed);
  if (!options.rounds.empty()) {
    const auto rounds = parse_count(options.rounds);
    if (rounds == 0 || rounds > 100'000)
      throw UsageError("--rounds " + options.rounds + ": expected 1 to 100000");
    suite.rounds = static_cast<unsigned>(rounds);
  }
  for (const auto& axis : options.axes) override_axis(suite, axis);

  Catalogue catalogue;
  for (const auto& manifest : options.manifests) catalogue.add_manifest(manifest);
  Expansion expansion = expand(suite, catalogue, usable_cores());
  apply_filter(expansion, options.filter);
  apply_only(expansion, options.only);

  RunPlan plan{.suite = suite,
               .cases = {},
               .skipped = {},
               .builds = builds_of(options, invocation),
               .results = options.out,
               .budget_s = options.budget.empty() ? 0 : parse_seconds(options.budget),
               .command = invocation.words};
  if (expansion.cases.empty()) {
    for (const auto& skip : expansion.skipped)
      std::cerr << "skipped: " << skip.c.name() << ": " << skip.reason << "\n";
    throw UsageError("nothing is left to measure; loosen --filter, --only or the axes");
  }
  resolve_costs(expansion);
  plan.cases = std::move(expansion.cases);
  plan.skipped = std::move(expansion.skipped);

  const FixedRounds stop_rule(suite.rounds);
  if (options.dry_run) {
    print_plan(plan, expected_seconds(plan, stop_rule), stop_rule);
    return kExitOk;
  }
  const bool default_place = plan.results.empty();
  if (default_place) plan.results = (fresh_folder(suite.name) / "results.json").string();
  const RunReport report = run_suite(plan, catalogue, stop_rule);
  if (default_place) point_latest(plan, report);
  print_report(plan, report);
  return exit_code(report);
}

}  // namespace breakeven
