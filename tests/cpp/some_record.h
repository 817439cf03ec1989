// A good record, for tests of what writes and reads them.
#pragma once

#include "bench/plan/protocol.h"

namespace breakeven::test {

inline Record some_record() {
  Record record;
  record.iterations = 2;
  record.batch = 5;
  record.iteration_ns = {1000.5, 999};
  record.real_time_ns = 999.75;
  record.cpu_time_ns = 1999;
  record.timed_s = 0.01;
  record.warmup_s = 0.001;
  record.digest = "0123abcd";
  record.facts["runtime"] = "/usr/lib/libgomp.so.1";
  record.covariates["strays"] = 0;
  return record;
}

}  // namespace breakeven::test
