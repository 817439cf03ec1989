#include "bench/summary/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/text/units.h"

namespace breakeven {
namespace {

struct Line {
  std::string backend, how;
  unsigned workers = 1;
  double time_ns = 0, speedup = 0;
  std::optional<Interval> interval;
  std::optional<double> ceiling_share;
  std::size_t samples = 0;
  std::vector<ModeResult> modes;  // where the speed-up depends on the machine's mode; else none
};

std::optional<Line> line_of(const std::vector<PlannedCase>& cases, std::size_t planned,
                            const History& history, std::size_t build) {
  const auto logs = history.log_speedups(planned, build);
  if (logs.empty()) return std::nullopt;
  const Case& c = cases[planned].c;
  Line line{.backend = c.backend,
            .how = c.way(),
            .workers = c.workers,
            .time_ns = median(history.times_ns(planned, build)),
            .speedup = std::exp(median(logs)),
            .interval = median_interval(logs, 0.95),
            .ceiling_share = {},
            .samples = logs.size(),
            .modes = {}};
  if (const auto ratios = history.moded_speedups(planned, build); is_bimodal(ratios))
    line.modes = by_mode(ratios);
  if (const auto ceiling = history.ceiling_of(planned); ceiling && *ceiling != planned) {
    if (const auto shares = history.log_ratios(*ceiling, planned, build); !shares.empty()) {
      line.ceiling_share = std::exp(median(shares));
    }
  }
  return line;
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%", share * 100);
  return text;
}

std::string text_of(const std::optional<Interval>& interval) {
  if (!interval) return "(too few rounds)";
  char text[40];
  std::snprintf(text, sizeof text, "[%.3g, %.3g]", std::exp(interval->low), std::exp(interval->high));
  return text;
}

// Under a case that has two figures: the median of all its rounds lies between them and is neither.
void print_modes(std::ostream& out, const std::vector<ModeResult>& modes) {
  for (const auto& mode : modes) {
    char where[60], text[120];
    std::snprintf(where, sizeof where, "cores %s, %s of the rounds", mode.mode.c_str(),
                  percent(mode.share).c_str());
    std::snprintf(text, sizeof text, "    %-57s  %7.3g  %s\n", where, std::exp(mode.estimate),
                  text_of(mode.interval).c_str());
    out << text;
  }
}

void print_line(std::ostream& out, const Line& line) {
  char text[200];
  std::snprintf(text, sizeof text, "  %-28s %-16s %3u  %10s  %7.3g  %-18s %6s  %7s\n", line.backend.c_str(),
                line.how.c_str(), line.workers, format_ns(line.time_ns).c_str(), line.speedup,
                text_of(line.interval).c_str(), percent(line.speedup / line.workers).c_str(),
                line.ceiling_share ? percent(*line.ceiling_share).c_str() : "-");
  out << text;
  print_modes(out, line.modes);
}

void print_block(std::ostream& out, const std::vector<PlannedCase>& cases, const Block& block,
                 const History& history, std::size_t build) {
  std::vector<Line> lines;
  for (const auto planned : block.cases) {
    if (auto line = line_of(cases, planned, history, build)) lines.push_back(std::move(*line));
  }
  if (lines.empty()) return;
  std::ranges::stable_sort(lines, [](const Line& a, const Line& b) { return a.speedup > b.speedup; });
  out << "\n" << block.name;
  for (const auto baseline : block.baselines) {
    const auto times = history.times_ns(baseline, build);
    if (!times.empty()) out << "   " << cases[baseline].c.backend << ": " << format_ns(median(times));
  }
  out << "\n";
  for (const auto& line : lines) print_line(out, line);
}

}  // namespace

void print_table(std::ostream& out, const std::vector<PlannedCase>& cases, const History& history,
                 std::size_t build) {
  char head[200];
  std::snprintf(head, sizeof head, "  %-28s %-16s %3s  %10s  %7s  %-18s %6s  %7s\n", "backend", "dispatch",
                "w", "time", "speedup", "95 % interval", "eff.", "of ceil.");
  out << head;
  for (const auto& block : blocks_of(cases)) print_block(out, cases, block, history, build);
  out << "\nspeedup: baseline time / time, paired within blocks, median over rounds; w: workers; eff.: "
         "speedup / w;\n"
         "of ceil.: share of what this many warm threads reach on the same tasks, split beforehand.\n";
}

}  // namespace breakeven
