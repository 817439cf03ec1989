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

// Read back what the two above have written; each throws UsageError with the key's path where a hand or a
// disk has changed it into what no reader of the result file would take. `where` names the place of the row.
void check_sample_row(const Json& row, const std::string& where);
void check_failure_entry(const Json& entry, const std::string& where);

// What a run keeps in mind of a sample, small, since a run may have a hundred thousand.
struct Measured {
  std::size_t iterations = 0, batch = 0;
  double real_time_ns = 0, timed_s = 0, warmup_s = 0;
  std::string digest;
  std::optional<double>
      line_ns;             // geometric mean of the line's round trip before and after, or the one there is
  bool set_aside = false;  // by a rule of the suite
};

Measured measured_of(const Record& record, bool set_aside);
Measured measured_of_row(const Json& row);  // of a checked row

bool is_set_aside(const Json& row);

}  // namespace breakeven
