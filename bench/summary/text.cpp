// The summary as text for a terminal.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "bench/summary/answer.h"
#include "bench/summary/summary.h"
#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

constexpr std::size_t kReasonsShown = 8;
constexpr double kWaits =
    0.7;  // a plain loop that computes has more of its wall time on a CPU, on a busy machine too
constexpr std::size_t kFigures = 54;  // columns of a line that are not its label

// So many digits behind the point that `value` has three significant ones: what stands beside it gets as many.
int decimals_of(double value) {
  return value > 0 ? std::clamp(2 - static_cast<int>(std::floor(std::log10(value))), 0, 6) : 2;
}

std::string fixed(double value, int decimals) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string padded(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string interval_text(const Figure& figure, double scale = 1) {
  if (!figure.low || !figure.high) return "(too few rounds)";
  const int decimals = decimals_of(figure.value * scale);
  return "[" + fixed(*figure.low * scale, decimals) + ", " + fixed(*figure.high * scale, decimals) + "]";
}

std::string percent(double share) {
  const double value = share * 100;
  return (value < 1 ? figure(value) : fixed(value, 0)) + " %";
}

// In lines of at most so many columns, each with its end; words are separated by blanks.
std::string wrapped(const std::string& text, std::size_t width) {
  std::istringstream words(text);
  std::string lines, line;
  for (std::string word; words >> word; line += (line.empty() ? "" : " ") + word) {
    if (line.empty() || line.size() + 1 + word.size() <= width) continue;
    lines += line + "\n";
    line.clear();
  }
  return line.empty() ? lines : lines + line + "\n";
}

class Table {
 public:
  Table(std::ostream& out, std::size_t width)
      : out_(out), label_(std::max<std::size_t>(width, 80) - kFigures) {}

  void block(const BlockSummary& block) {
    const bool alike = std::ranges::all_of(
        block.cases, [&](const CaseSummary& one) { return one.c.way() == block.cases.front().c.way(); });
    out_ << "\n";
    if (block.comment != comment_) out_ << wrapped(plain(block.comment), label_ + kFigures);
    comment_ = block.comment;
    out_ << plain(block.name);
    if (alike && !block.cases.empty()) out_ << " (" << plain(block.cases.front().c.way()) << ")";
    out_ << "\n";
    if (block.empty_tasks) {
      line("  backend", "w", "time", "a task", "95 % interval", "", "");
    } else {
      line("  backend", "w", "time", "speed-up", "95 % interval", "eff.", "ceil.");
    }
    if (block.cpu_share && *block.cpu_share < kWaits) {
      out_ << "  These tasks wait: the plain loop's CPU time is " << percent(*block.cpu_share)
           << " of its wall time. More workers than\n  cores, or an event loop, may gain more than the "
              "figures below.\n";
    }
    for (const auto* list : {&block.baselines, &block.cases}) {
      for (const auto& one : *list) row(one, block.empty_tasks, alike || one.role != Role::kCase);
    }
  }

 private:
  // A label that is too long has a line to itself: two that are cut may look the same.
  void line(const std::string& label, const std::string& workers, const std::string& time,
            const std::string& value, const std::string& interval, const std::string& efficiency,
            const std::string& ceiling) {
    out_ << label;
    if (label.size() > label_) out_ << "\n";
    std::string text(label.size() > label_ ? label_ : label_ - label.size(), ' ');
    text += padded(workers, 4) + padded(time, 10) + padded(value, 10) + padded(interval, 18) +
            padded(efficiency, 6) + padded(ceiling, 6);
    text.erase(text.find_last_not_of(' ') + 1);
    out_ << text << "\n";
  }

  void row(const CaseSummary& one, bool empty_tasks, bool bare_name) {
    const auto label = std::string(1, empty_tasks ? ' ' : mark(one)) + " " + plain(one.c.backend) +
                       (bare_name ? "" : " " + plain(one.c.way()));
    const auto workers = std::to_string(one.c.workers), time = format_ns(one.time_ns.value);
    if (empty_tasks) {
      const auto tasks = static_cast<double>(one.c.shape.tasks);
      const auto task = format_ns(one.time_ns.value / tasks);
      const double unit = unit_ns(task);
      line(label, workers, time, task, interval_text(one.time_ns, 1 / (tasks * unit)), "", "");
    } else if (!one.speedup) {
      line(label, workers, time, one.role == Role::kBaseline ? "base" : "-", "", "", "");
    } else {
      line(label, workers, time, fixed(one.speedup->value, decimals_of(one.speedup->value)),
           interval_text(*one.speedup), percent(one.speedup->value / one.c.workers),
           one.ceiling_share ? percent(*one.ceiling_share) : "-");
    }
    if (!empty_tasks) modes(one);
    if (one.first_ns) {
      out_ << "    first result after " << format_ns(*one.first_ns) << ", 99 % of them after "
           << format_ns(*one.p99_ns) << "\n";
    }
  }

  // What the interval of its speed-up says of a case.
  static char mark(const CaseSummary& one) {
    if (one.role != Role::kCase || !one.speedup || !one.speedup->low || !one.speedup->high) return ' ';
    return *one.speedup->low > 1 ? '+' : *one.speedup->high < 1 ? '-' : '=';
  }

  // Under a case that has two figures: the median of all its rounds lies between them and is neither.
  void modes(const CaseSummary& one) {
    for (const auto& mode : one.modes) {
      Figure speedup{.value = std::exp(mode.estimate), .low = {}, .high = {}};
      if (mode.interval)
        speedup = {speedup.value, std::exp(mode.interval->low), std::exp(mode.interval->high)};
      line("    cores " + mode.mode + ", " + percent(mode.share), "", "",
           fixed(speedup.value, decimals_of(speedup.value)), interval_text(speedup), "", "");
    }
  }

  static double unit_ns(const std::string& time) {
    return time.ends_with(" ns") ? 1 : time.ends_with(" us") ? 1e3 : time.ends_with(" ms") ? 1e6 : 1e9;
  }

  std::ostream& out_;
  std::size_t label_;
  std::string comment_;  // of the block before: a grid's stands over its first one
};

// The title, and the reasons with how often each was given, the most frequent first; nothing without one.
void print_counted(std::ostream& out, const std::string& title,
                   const std::map<std::string, std::size_t>& reasons, std::size_t width) {
  if (reasons.empty()) return;
  std::vector<std::pair<std::size_t, std::string>> sorted;
  sorted.reserve(reasons.size());
  for (const auto& [reason, count] : reasons) sorted.emplace_back(count, plain(reason));
  std::ranges::stable_sort(sorted, std::ranges::greater(), [](const auto& each) { return each.first; });
  out << "\n" << title << "\n";
  for (std::size_t i = 0; i < std::min(sorted.size(), kReasonsShown); ++i)
    out << (padded(std::to_string(sorted[i].first), 5) + "  " + sorted[i].second).substr(0, width) << "\n";
  if (sorted.size() > kReasonsShown)
    out << "       and " << sorted.size() - kReasonsShown << " more kinds, in the file\n";
}

std::string text_at(const Json& object, const char* key) {
  const Json value = object.value(key, Json());
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

std::string backend_of(const Json& entry) {
  const Json value = entry.value(Json::json_pointer("/case/backend"), Json());
  return value.is_string() ? value.get<std::string>() : "a case";
}

// What the run's header found that may have disturbed all of it.
void print_disturbances(std::ostream& out, const ResultFile& file) {
  std::string found;
  for (const auto& finding : file.context.at("breakeven").value("findings", Json::array())) {
    if (text_at(finding, "severity") == "warning")
      found += (found.empty() ? "" : " ") + text_at(finding, "what");
  }
  if (!found.empty()) out << "\nDisturbing (breakeven doctor says how): " << plain(found) << "\n";
}

}  // namespace

void print_tables(std::ostream& out, const ResultFile& file, std::size_t width) {
  std::vector<std::vector<Sentence>> answers;  // a list a build
  bool too_few = false, empty = false, speedups = false, some = false;
  for (std::size_t build = 0; build < file.builds.size(); ++build) {
    if (file.builds.size() > 1) out << "\nbuild " << plain(file.builds[build]) << "\n";
    Table table(out, width);
    const auto summaries = summarise(file, build);
    for (const auto& block : summaries) {
      table.block(block);
      (block.empty_tasks ? empty : speedups) = some = true;
      for (const auto& one : block.cases) too_few |= one.rounds < 6;
    }
    answers.push_back(answer(summaries));
  }
  if (!some) out << "\nNo sample was measured.\n";
  if (some) out << "\n";
  if (speedups) {
    out << "speed-up: time of the base / time, paired within rounds, median; w: workers;\n"
           "eff.: speed-up / w; ceil.: share of what w warm threads reach, on the same tasks\n"
           "split beforehand. By the interval + pays, - loses, = does neither for certain.\n";
  }
  if (empty) out << "a task: time / tasks; the tasks are empty, so that all of it is overhead.\n";
  if (too_few) out << "An interval of 95 % needs at least 6 rounds.\n";
  print_disturbances(out, file);
  for (std::size_t build = 0; build < answers.size(); ++build) {
    std::string text =
        answers.size() > 1 && !answers[build].empty() ? "Build " + file.builds[build] + ": " : "";
    for (const auto& one : answers[build]) text += one.text + " ";
    if (!text.empty()) out << "\n" << wrapped(text, std::max<std::size_t>(width, 80));
  }
}

void print_summary(std::ostream& out, const ResultFile& file, std::size_t width) {
  const Json& ours = file.context.at("breakeven");
  const Json machine = ours.value("machine", Json::object());
  out << plain("suite " + text_at(ours, "suite") + ", " + text_at(ours, "rounds") + " rounds, " +
               text_at(ours, "started").substr(0, 19))
      << "\n"
      << plain("on " + text_at(machine, "cpu") + ", " + text_at(machine, "cores") + " cores, " +
               text_at(machine, "kernel"))
      << "\n";
  if (ours.value("interrupted", Json()) == true)
    out << "The run was interrupted: this is what it measured until then.\n";
  print_tables(out, file, width);
  std::map<std::string, std::size_t> failures, skipped;
  for (const auto& failure : file.failures)
    ++failures[text_at(failure, "kind") + ": " + text_at(failure, "name") + ": " +
               text_at(failure, "reason")];
  for (const auto& skip : file.skipped) ++skipped[backend_of(skip) + ": " + text_at(skip, "reason")];
  std::size_t aside = 0;
  for (const auto& [rule, count] : file.set_aside) aside += count;
  print_counted(out, "failed: " + counted(file.failures.size(), "sample"), failures, width);
  print_counted(out, "skipped: " + counted(file.skipped.size(), "case") + " that cannot run", skipped, width);
  print_counted(out, "set aside by the suite's rule: " + counted(aside, "sample"), file.set_aside, width);
}

}  // namespace breakeven
