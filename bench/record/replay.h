// What an earlier session of a run measured, to be gone through again before the run goes on.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "bench/plan/run_plan.h"
#include "bench/record/rows.h"

namespace breakeven {

// An event of an earlier run, without what nobody needs to go on: a run may have a hundred thousand.
struct Event {
  std::optional<Session> session;    // that began here; else it is a sample or a failure:
  std::optional<Measured> measured;  // of a good sample
  std::size_t planned = 0, build = 0;
  unsigned round = 0;
  double started_s = 0;
};

// Those of a journal, to be gone through in the order in which they happened. What the plan does not know
// gets an index that no slot has, so that the schedule refuses it in its place. Throws UsageError for a
// journal that cannot be read.
std::deque<Event> events_of(const std::string& journal, const RunPlan& plan);

}  // namespace breakeven
