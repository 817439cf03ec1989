// Workloads that are known once a suite names them: those of a family, such as `command/FILE`, and those that a cell of
// another language brings itself, such as a user's Python function: `python/module:function`.
#pragma once

#include "bench/plan/catalogue.h"
#include "bench/plan/suite.h"

namespace breakeven {

// Registers those that the suite names and nobody knows, where an entry of the catalogue has their prefix: its command,
// called with `--describe NAME`, prints {"tasks", "in_bytes", "out_bytes", "task_ns"} as its last line, or says in one line
// why not, which is a UsageError. Before expand(). Not thread-safe.
void add_outside_workloads(const Suite& suite, const Catalogue& catalogue);

}  // namespace breakeven
