// What a result file says, a table a block: each case's time, speed-up and interval, and what it is of the ceiling.
#pragma once

#include <ostream>

#include "bench/summary/result_file.h"

namespace breakeven {

// A median over the rounds, with its 95 % interval where there are 6 or more.
struct Figure {
  double value = 0;
  std::optional<double> low, high;
};

struct CaseSummary {
  Case c;
  Role role = Role::kCase;
  bool is_process = false;  // its backend's tasks run in other processes: bytes cross an address space
  std::size_t rounds = 0;
  Figure time_ns;                          // of one run of the job
  std::optional<Figure> speedup;           // paired within rounds; none of a baseline, or without a pair
  std::optional<double> ceiling_share;     // of what as many warm threads reach, where a ceiling was measured
  std::vector<ModeResult> modes;           // where the speed-up depends on the machine's mode; else none
  std::optional<double> first_ns, p99_ns;  // when results were there, where the suite asked for it
};

struct BlockSummary {
  std::string name;
  std::string comment;              // its grid's: why it is there; may be empty
  std::optional<double> cpu_share;  // of the plain loop's wall time, where known: little where tasks wait
  bool empty_tasks = false;         // so that a time is all overhead, and a speed-up means nothing
  std::vector<CaseSummary> baselines,
      cases;  // the fastest first; in the suite's order where no interval tells them apart
};

// The blocks of one build.
std::vector<BlockSummary> summarise(const ResultFile& file, std::size_t build);

// All of the file: its builds' tables, with what stands above and below them on demand. `width` is in columns, at least
// 80; no line but a name that is longer goes beyond.
void print_tables(std::ostream& out, const ResultFile& file, std::size_t width);
void print_summary(std::ostream& out, const ResultFile& file, std::size_t width);
Json summary_json(const ResultFile& file);

}  // namespace breakeven
