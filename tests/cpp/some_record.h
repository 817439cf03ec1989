// A good record, for tests of what writes and reads them.
#pragma once

#include "bench/plan/protocol.h"

namespace breakeven::test {

// What a cell says of a good sample.
inline Json some_sample() {
  return {{"protocol", 1},
          {"iterations", 2},
          {"batch", 5},
          {"iteration_ns", {1000.5, 999}},
          {"real_time_ns", 999.75},
          {"cpu_time_ns", 1999},
          {"timed_s", 9.9975e-6},
          {"warmup_s", 0.001},
          {"digest", "0123abcd"},
          {"facts", {{"runtime", "/usr/lib/libgomp.so.1"}}},
          {"covariates", {{"involuntary_switches", 0}}}};
}

inline std::string line_of(const Json& sample) { return Json{{"breakeven_sample", sample}}.dump(); }

inline Record some_record() { return *find_record(line_of(some_sample())); }

}  // namespace breakeven::test
