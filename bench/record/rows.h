// What the journal and the result file say of one sample. docs/format.md defines each field.
#pragma once

#include <string>

#include "bench/plan/protocol.h"
#include "bench/plan/schedule.h"

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
  std::optional<std::string> set_aside{};  // why, by a rule of the suite
  double started_s = 0;
};

Json sample_row(const Taking& taking, const Record& record);
Json failure_entry(const Taking& taking, const Record& record);

// Why a sample with this digest is a failure, where the block's reference has another. `plain_loop`: the sample is one of
// the loop that the reference was taken from.
std::string wrong_digest(const std::string& digest, const std::string& reference, bool plain_loop);

bool is_set_aside(const Json& row);  // by a rule of the suite

}  // namespace breakeven
