// What the journal and the result file say of one sample. docs/format.md defines each field.
#pragma once

#include <string>

#include "bench/protocol.h"
#include "bench/schedule.h"

namespace breakeven {

// Where and when a sample was taken.
struct Taking {
  const PlannedCase& planned;
  const Slot& slot;
  const std::string& block;
  const std::string& build;
  unsigned round = 0;
  unsigned most_rounds = 0;
  std::uint64_t sequence = 0;
  double started_s = 0;
};

Json sample_row(const Taking& taking, const Record& record);
Json failure_entry(const Taking& taking, const Record& record);

}  // namespace breakeven
