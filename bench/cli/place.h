// Where a run's results go.
#pragma once

#include <string>

namespace breakeven {

// The path of results.json for what --out says: a folder, or a .json file in one; the journal lies
// beside it. Throws UsageError for what reads as a size, OutputError where results lie there already:
// nothing is replaced.
std::string given_place(const std::string& out);

// results/SUITE-20261122-130000/results.json, with -2, -3, ... where that exists already.
std::string fresh_place(const std::string& suite);

// Lets results/latest point to the folder of these results. Called when a run has ended by itself, so that
// `latest` is always whole.
void point_latest(const std::string& results);

}  // namespace breakeven
