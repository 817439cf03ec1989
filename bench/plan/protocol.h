// The cell protocol, version 1: one request in, one record out. docs/format.md defines both.
//
// A cell command is any executable that takes the request as its last argument (or "-": on standard input)
// and prints its record as the last line of standard output that starts with {"breakeven_sample":. It is the
// only way in which the schedule gets samples, whatever language the backend is written in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/plan/case.h"

namespace breakeven {

inline constexpr unsigned kProtocol = 1;
inline constexpr std::size_t kMaxIterations = 64;      // so that a record stays small
inline constexpr double kMinIterationSeconds = 50e-6;  // 2,500 times the clock's 20 ns

// A kernel that does not preempt lets a thread wait on the CPU of the one that woke it until a tick evens out
// the load: 4 ms where it ticks 250 times a second. A short job would be timed with its workers queued up
// behind their caller. So a warm pool works this long before it counts as warm.
inline constexpr double kSettleSeconds = 0.005;

// How long a sample should measure, where it is not fixed yet.
struct Timing {
  double min_time_s = 0.03;
  std::size_t min_iterations = 1;
  bool completion = false;  // also note, in one more run, when each task's result was there
};

struct Request {
  Case c;
  std::string build = "head";
  std::size_t iterations = 0;   // timed iterations; 0 together with batch 0: calibrate, and say both
  std::size_t batch = 0;        // runs of the job in one iteration
  Timing timing;                // for the calibration
  double deadline_s = 60;       // of the whole sample; the supervisor keeps it
  double extra = 0;             // of real work, as a fraction
  bool counters = false;        // count instructions, cycles and cache misses, where the kernel allows it
  std::string expected_digest;  // empty: not known yet
};

struct Record {
  std::string failure_kind;  // empty: a good sample; else one of docs/format.md's kinds
  std::string reason;        // why, one line
  std::size_t iterations = 0, batch = 0;
  std::vector<double> iteration_ns;  // each per run of the job
  double real_time_ns = 0;           // mean per run of the job
  double cpu_time_ns = 0;            // caller and all workers, per run of the job
  double timed_s = 0, warmup_s = 0;
  std::uint64_t bytes_moved = 0;  // in one run
  Json completion;                // first_ns, median_ns, p99_ns, last_ns of the watched run; null without one
  std::vector<Loss> losses;
  std::string digest;
  Json facts = Json::object();
  Json covariates = Json::object();

  bool ok() const { return failure_kind.empty(); }
};

Json to_json(const Request& request);
Request request_from_json(const Json& json);  // throws UsageError with the key's path

std::string record_line(const Record& record);  // without the line's end
std::optional<Record> find_record(
    const std::string& standard_output);  // throws UsageError where it is malformed

Json to_json(const Loss& loss);

}  // namespace breakeven
