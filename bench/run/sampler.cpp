#include "bench/run/sampler.h"

#include <csignal>
#include <cstring>
#include <system_error>

#include "backends/contract/error.h"
#include "bench/installation/home.h"
#include "bench/machine/cgroup.h"
#include "bench/run/far_processes.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

constexpr std::chrono::seconds kOwnEnd{
    20};  // beyond the deadline: more than the 5 s after which far ranks end themselves
constexpr std::size_t kSaid = 200;  // bytes of standard error, from each of its ends

// In one line, without the rulers (-----) that some programs draw around what they say.
std::string in_one_line(const std::string& err) {
  std::string line;
  for (std::size_t at = 0; at < err.size();) {
    const auto end = std::min(err.find_first_of("\r\n", at), err.size());
    const auto piece = std::string_view(err).substr(at, end - at);
    if (piece.find_first_not_of("-=*_#~ \t") != std::string_view::npos)
      line.append(line.empty() ? "" : " ").append(piece);
    at = end + 1;
  }
  return line;
}

// The first lines of standard error or the last ones hold the cause, by the program's taste.
std::string with_standard_error(std::string reason, const std::string& err) {
  const std::string said = in_one_line(err);
  if (said.empty()) return reason;
  if (said.size() <= 2 * kSaid) return reason + "; it said: " + said;
  return reason + "; it said: " + said.substr(0, kSaid) + " ... " + said.substr(said.size() - kSaid);
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

std::chrono::nanoseconds nanoseconds_of(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

}  // namespace

Command command_of(const Catalogue& catalogue, const std::string& executable, const Request& request) {
  const auto backend = catalogue.resolve(request.c.backend);
  Command command;
  std::map<std::string, std::string> launch_env;
  command.words = catalogue.with_interpreter(backend.entry->command, backend.options);
  if (command.words.empty()) command.words = {executable, "cell"};
  const Setup setup = setup_of(request.c, backend.options);
  if (backend.entry->launcher) {
    auto launch = backend.entry->launcher(request.c, setup, catalogue.hosts());
    const auto launcher = catalogue.with_interpreter(launch.words, backend.options);
    command.words.insert(command.words.begin(), launcher.begin(), launcher.end());
    launch_env = std::move(launch.env);
  }
  command.env = backend.entry->traits(setup).env;
  for (auto& [name, value] : launch_env) command.env[name] = std::move(value);
  if (!backend.entry->command.empty()) command.env["BREAKEVEN_SDK"] = home("sdk");
  Json asked = to_json(request);
  asked["options"] = backend.options;  // complete, so that a cell needs no defaults of its own
  if (!request.token.empty()) asked["sample"] = request.token;
  command.words.push_back(asked.dump());
  command.deadline = nanoseconds_of(request.deadline_s);
  command.end_signal = backend.entry->end.signal;
  command.end_grace = nanoseconds_of(backend.entry->end.grace_s);
  command.cpus = request.cpus;
  command.huge_pages = request.pages != Pages::kSmall;
  return command;
}

Record judged(const Ended& ended, const Request& request, bool launched) {
  Record record = judge(ended, request.deadline_s);
  // Before there is a cell, what fails is its launcher; its help says the cause first. An exit code of 128
  // and a signal's number tells of what ended a rank.
  const bool of_a_rank = ended.exit_code > 128 && ended.exit_code <= 128 + SIGRTMAX;
  if (launched && record.failure_kind == "crash" && ended.signal == 0 && !of_a_rank &&
      ended.out.find(kRecordStart) == std::string::npos)
    record.failure_kind = "launch";
  if (!record.ok()) return record;
  return held_against_the_clock(std::move(record), std::chrono::duration<double>(ended.wall).count());
}

Taken Sampler::take(const Build& build, const Request& asked) {
  Request request = asked;
  const bool is_far = request.c.nodes > 1;
  if (is_far) request.token = sample_token();
  Command command = command_of(catalogue_, build.executable, request);
  const auto backend = catalogue_.resolve(request.c.backend);
  if (backend.entry->command.empty()) {
    command.program = identity_.program(build.executable);
  } else {
    identity_.watch({command.words.begin(), command.words.end() - 1});
    for (const auto& [name, value] : command.env) identity_.watch({value});
  }
  const auto start = std::chrono::steady_clock::now();
  Taken taken;
  try {
    clusters_.prepare(request, command);
    taken = taken_by(command, request, static_cast<bool>(backend.entry->launcher));
  } catch (const std::system_error& error) {
    taken.record = failed_record("error", error.what());
  } catch (const KeepError& error) {
    taken.record = failed_record("launch", error.what());
  }
  if (taken.interrupted || taken.record.ok()) return taken;
  clusters_.distrust();
  if (!is_far) return taken;
  // Ranks behind a link that was cut end themselves so long after the deadline; until then they are asked for.
  // Where nothing was launched there is hardly anything to wait for.
  const bool launched = taken.record.failure_kind != "launch";
  const auto give_up = launched ? start + command.deadline + kOwnEnd : start;
  taken.left_on = end_far_processes(supervisor_, catalogue_.hosts(), request.c.nodes, request.token, give_up);
  return taken;
}

Taken Sampler::taken_by(const Command& command, const Request& request, bool launched) {
  Surroundings surroundings(last_probe_);
  const Ended ended = supervisor_.run(command);
  if (ended.interrupted) return {.record = {}, .interrupted = true};
  Record record = judged(ended, request, launched);
  Json& covariates = record.said["covariates"];
  covariates.update(surroundings.after());
  covariates["peak_rss_bytes"] = ended.peak_rss_bytes;
  covariates["strays"] = ended.strays;
  last_probe_ = surroundings.last();
  return {.record = std::move(record), .interrupted = false};
}

}  // namespace breakeven
