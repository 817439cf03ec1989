#include "bench/cli/next_step.h"

#include <algorithm>

#include "bench/judge/interval.h"
#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

constexpr unsigned kRoundsOfAnInterval = 6;

// A word for a POSIX shell.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string size_text(std::uint64_t bytes) {
  const auto text = format_bytes(bytes);
  return text.ends_with('B') ? text : text + "B";
}

// As options take it: `159us`, without a blank.
std::string as_option(std::string text) {
  std::erase(text, ' ');
  return text;
}

// The plain loop's time of one task, ns; nullopt where no good sample of it is there.
std::optional<double> task_ns(const ResultFile& file) {
  for (std::size_t i = 0; i < file.cases.size(); ++i) {
    if (file.cases[i].role != Role::kBaseline || file.cases[i].c.shape.tasks == 0) continue;
    const auto times = file.history.at(0).times_ns(i, 0);
    if (!times.empty()) return median(times) / static_cast<double>(file.cases[i].c.shape.tasks);
  }
  return std::nullopt;
}

std::string about_the_task(const ResultFile& file) {
  const auto task = task_ns(file);
  if (!task) return "";
  const Shape& shape = file.cases.front().c.shape;
  const auto time = format_ns(*task), in = size_text(shape.in_bytes), out = size_text(shape.out_bytes);
  std::string text = "One task: " + time + " in the plain loop, " + in + " in, " + out + " out.\n";
  return text + "next: breakeven run grid, then: breakeven advise results/latest/results.json --task " +
         as_option(time) + " --in " + in + " --back " + out + " --tasks " + std::to_string(shape.tasks) +
         "  (for other sizes)\n";
}

}  // namespace

std::string next_step(const RunPlan& plan, const RunReport& report, const ResultFile& file) {
  const auto place = quoted(plan.results);
  if (report.counts.samples == 0) return "";
  if (report.interrupted) return "next: breakeven run --resume " + place + "  (goes on)\n";
  if (plan.session.rounds < kRoundsOfAnInterval) {
    return "next: breakeven run --resume " + place + " --rounds " + std::to_string(kRoundsOfAnInterval) +
           "  (so many give intervals)\n";
  }
  if (plan.suite == "measure") return about_the_task(file);
  return "next: breakeven report " + place + "  (a page: choose, compare, measure again)\n";
}

}  // namespace breakeven
