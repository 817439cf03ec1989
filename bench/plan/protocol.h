// The cell protocol, version 1: one request in, one record out. docs/format.md defines both.
//
// A cell command is any executable that takes the request as its last argument (or "-": on standard input)
// and prints its record as the last line of standard output that starts with {"breakeven_sample":. It is the
// only way in which the schedule gets samples, whatever language the backend is written in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/plan/case.h"

namespace breakeven {

inline constexpr unsigned kProtocol = 1;
inline constexpr std::string_view kRecordStart = "{\"breakeven_sample\":";
inline constexpr std::size_t kMaxIterations = 64;  // so that a record stays small

// The rules by which a cell samples. Each request carries them, so that the cells of all languages obey the
// same ones; a cell whose request lacks one takes the value given here.
struct Sampling {
  double max_iterations = kMaxIterations;  // a longer sample has more runs in each instead
  double min_iteration_s = 50e-6;  // the least time between two readings of the clock: 2,500 times its 20 ns
  // A kernel that does not preempt lets a thread wait on the CPU of the one that woke it until a tick evens
  // out the load: 4 ms where it ticks 250 times a second. A short job would be timed with its workers queued
  // up behind their caller. So a warm pool works this long, and one batch at least, before it counts as warm.
  double settle_s = 0.005;
  double long_s = 0.2;  // of a job that takes this long the first run is typical: it calibrates, and warms up
  double rest_s = 0.001;  // for which the caller of a rested pool works alone before each run
  // A cell that can run the first tasks of a job may warm up with this part of them where that takes so
  // long at least.
  double warm_part = 0.125;
  double warm_part_s = 0.05;
};

// How long a sample should measure, where it is not fixed yet.
struct Timing {
  double min_time_s = 0.03;
  std::size_t min_iterations = 1;
  bool completion = false;  // also note, in one more run, when each task's result was there
};

struct Request {
  Case c;
  std::string build = "head";
  std::size_t iterations = 0;  // timed iterations; 0 together with batch 0: calibrate, and say both
  std::size_t batch = 0;       // runs of the job in one iteration
  Timing timing;               // for the calibration
  double deadline_s = 60;      // of the whole sample; the supervisor keeps it
  double extra = 0;            // of real work, as a fraction
  Sampling sampling;           // the rules
  std::vector<int> cpus;      // of a pinned case, in the order in which workers are bound to them; else empty
  Pages pages = Pages::kAny;  // under the payload
  bool spans = false;         // also say when each task of the watched run ran, and where
  bool counters = false;      // count instructions, cycles and cache misses, where the kernel allows it
  std::string token = {};     // by which its processes on other hosts are found; empty: it has none
};

// What a cell said of its sample. Every key that it wrote passes through to the result file, also those that
// only a later reader knows; what the harness computes with is in Measured.
struct Record {
  std::string failure_kind;    // empty: a good sample; else one of docs/format.md's kinds
  std::string reason;          // why, one line
  Json said = Json::object();  // checked, with defaults for the optional keys

  bool ok() const { return failure_kind.empty(); }
};

// A record of a sample that failed.
Record failed_record(std::string kind, std::string reason, Json said = Json::object());

// What a run computes with, of a good sample: small, since a run may have a hundred thousand.
struct Measured {
  std::size_t iterations = 0, batch = 0;
  double real_time_ns = 0;  // mean of one run of the job
  double timed_s = 0, warmup_s = 0;
  std::string digest;
  std::optional<double> line_ns;
  bool set_aside = false;  // by a rule of the suite
};

// Of a sample's covariates: the geometric mean of the line's round trip before and after, or the one there is.
std::optional<double> line_ns_of(const Json& covariates);

// From a record's `said`, or from the "breakeven" object of a row, which holds the same keys.
Measured measured_of(const Json& said);

Json to_json(const Request& request);
Request request_from_json(const Json& json);  // throws UsageError with the key's path

// The line that a cell prints, without its end: {"breakeven_sample": {...}}.
std::string record_line(const Record& record);

// The last record in what a cell printed, or nullopt. Throws UsageError where it is malformed, or where its
// numbers do not fit each other: the mean and the count of its iterations, its times.
std::optional<Record> find_record(const std::string& standard_output);

}  // namespace breakeven
