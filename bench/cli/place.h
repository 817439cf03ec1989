// Where a run's results go.
#pragma once

#include <string>

namespace breakeven {

// The path of results.json for what --out says: a folder, or a .json file in one; the journal lies
// beside it. Throws UsageError for what reads as a size or names a journal, OutputError where results lie there already:
// nothing is replaced.
std::string given_place(const std::string& out);

// Makes the folder of these results, and throws OutputError where they could not be written or, if they are to be the
// latest, pointed to: before anything is measured, not after.
void refuse_unwritable(const std::string& results, bool is_latest);

// results/SUITE-20261122-130000/results.json, with -2, -3, ... where that exists already.
std::string fresh_place(const std::string& suite);

// Lets results/latest point to the folder of these results. Called when a run has ended by itself, so that
// `latest` is always whole.
void point_latest(const std::string& results);

}  // namespace breakeven
