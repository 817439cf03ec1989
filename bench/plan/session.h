// A run can be taken up again: each time is a session, with rounds, precision and cases of its own.
#pragma once

#include <string>
#include <vector>

#include "bench/text/json_reader.h"

namespace breakeven {

struct Session {
  unsigned rounds = 6;            // at most so many
  double precision = 0;           // stop a case when its interval is so narrow (0.02: 2 %); 0: fixed rounds
  std::vector<std::string> only;  // names of the cases to measure; empty: all
  bool drop_losers = false;       // stop a case that loses for certain, and plainly
};

Json to_json(const Session& session);
Session session_from_json(const Json& json,
                          const std::string& where);  // throws UsageError with the key's path

}  // namespace breakeven
