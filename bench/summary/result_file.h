// A result file, read for its summary: this program's own, of schema 1.x or 2.x, plain or compressed with gzip.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/judge/history.h"

namespace breakeven {

// When results were there, ns after a run of the job began: medians over the samples that watched it.
struct Completion {
  std::vector<double> first_ns, p99_ns;  // by sample
};

struct ResultFile {  // NOLINT(bugprone-exception-escape): moving a Json does not throw
  Json context;
  std::vector<PlannedCase> cases;   // in the order in which the file brings them
  std::vector<std::string> builds;  // names
  std::vector<History> history;     // one, of all of them; made once the cases are known
  std::map<std::pair<std::size_t, std::size_t>, Completion> completions;  // by case and build, where watched
  std::set<std::string> processes;                        // backends that moved bytes between processes
  std::map<std::size_t, std::vector<double>> cpu_shares;  // CPU time / wall time of each sample, where known
  std::vector<Json> failures, skipped;
  std::map<std::string, std::size_t> set_aside;  // how many samples, by the rule's words
};

// Rows are dropped as they are read, so that memory grows with the samples' figures alone. Throws UsageError in one line:
// a file that is not there, is damaged, is not Breakeven's, or is of a later schema.
ResultFile read_result_file(const std::string& path);

}  // namespace breakeven
