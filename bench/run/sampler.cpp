#include "bench/run/sampler.h"

#include <csignal>
#include <cstring>
#include <system_error>

#include "backends/contract/error.h"
#include "bench/machine/cgroup.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

// The last lines of standard error often hold the cause; line ends become spaces, so that a reason
// stays one line.
std::string with_standard_error(std::string reason, const std::string& err) {
  if (err.empty()) return reason;
  std::string tail = err.size() > 400 ? err.substr(err.size() - 400) : err;
  for (char& c : tail) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return reason + "; it said: " + tail;
}

Record judge(const Ended& ended, double deadline_s) {
  if (ended.timed_out) {
    return failed_record("timeout", with_standard_error("the sample did not end within " +
                                                            format_seconds(deadline_s) + " and was killed",
                                                        ended.err));
  }
  std::optional<Record> record;
  try {
    record = find_record(ended.out);
  } catch (const std::exception& error) {
    return failed_record("protocol", with_standard_error(error.what(), ended.err));
  }
  if (ended.signal != 0) {
    const char* name = ::sigabbrev_np(ended.signal);
    auto reason = "the sample was ended by signal " + std::to_string(ended.signal) +
                  (name ? " (SIG" + std::string(name) + ")" : "");
    if (ended.signal == SIGKILL) {
      const auto limit = cgroup_memory();
      reason += limit
                    ? ", most likely for want of memory: its control group has " + format_bytes(limit->limit)
                    : ", which the kernel sends for want of memory";
    }
    return failed_record("crash", with_standard_error(reason, ended.err));
  }
  if (record && !record->ok()) return *record;
  if (ended.exit_code != 0) {
    return failed_record(
        "crash",
        with_standard_error("the sample exited with code " + std::to_string(ended.exit_code), ended.err));
  }
  if (!record) {
    return failed_record(
        "protocol",
        with_standard_error("the cell command ended with exit code 0 and printed no record: does a "
                            "task call exit() in the middle of its work?",
                            ended.err));
  }
  return *record;
}

// A cell cannot have worked for longer than it lived; a tick of the clock aside.
Record held_against_the_clock(Record record, double lived_s) {
  const Measured measured = measured_of(record.said);
  const double worked_s = measured.timed_s + measured.warmup_s;
  if (worked_s <= lived_s * 1.01 + 0.01) return record;
  return failed_record("protocol", "the cell says that it worked for " + format_seconds(worked_s) +
                                       ", but it lived for " + format_seconds(lived_s));
}

}  // namespace

Taken Sampler::take(const Build& build, const Request& request) {
  const auto backend = catalogue_.resolve(request.c.backend);
  Command command;
  command.words = catalogue_.with_interpreter(backend.entry->command);
  command.env = backend.entry->traits(setup_of(request.c, backend.options)).env;
  if (command.words.empty()) {
    command.words = {build.executable, "cell"};
    command.program = identity_.program(build.executable);
  } else {
    identity_.watch(command.words);
    for (const auto& [name, value] : command.env) identity_.watch({value});
  }
  Json asked = to_json(request);
  asked["options"] = backend.options;  // complete, so that a cell needs no defaults of its own
  command.words.push_back(asked.dump());
  command.deadline = std::chrono::nanoseconds(static_cast<std::int64_t>(request.deadline_s * 1e9));
  command.cpus = request.cpus;
  command.huge_pages = request.pages != Pages::kSmall;
  try {
    Surroundings surroundings(last_probe_);
    const auto start = std::chrono::steady_clock::now();
    const Ended ended = supervisor_.run(command);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (ended.interrupted) return {.record = {}, .interrupted = true};
    Record record = judge(ended, request.deadline_s);
    if (record.ok()) record = held_against_the_clock(std::move(record), took.count());
    Json& covariates = record.said["covariates"];
    covariates.update(surroundings.after());
    covariates["peak_rss_bytes"] = ended.peak_rss_bytes;
    covariates["strays"] = ended.strays;
    last_probe_ = surroundings.last();
    return {.record = std::move(record), .interrupted = false};
  } catch (const std::system_error& error) {
    return {.record = failed_record("error", error.what()), .interrupted = false};
  }
}

}  // namespace breakeven
