// results.json, derived from a journal: Google Benchmark's format with a "breakeven" object in every row.
#pragma once

#include <string>

#include "bench/text/json_reader.h"

namespace breakeven {

struct ResultCounts {
  std::size_t samples = 0;
  std::size_t failures = 0;
  std::size_t set_aside = 0;  // good ones that a rule of the suite leaves out
  std::size_t skipped = 0;
};

// Decides which samples are good (a digest that differs from its block's first baseline is a failure) and
// writes the file atomically, a row at a time. Throws OutputError, or UsageError for a journal that
// cannot be read.
ResultCounts derive_results(const std::string& journal, const std::string& results);

// The file name under which the run of this journal leaves its results.
std::string results_name(const std::string& journal);

}  // namespace breakeven
