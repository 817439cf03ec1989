#include "bench/run/far_processes.h"

#include <unistd.h>

#include <atomic>
#include <system_error>

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAnswer{15};  // for a host to answer
constexpr std::chrono::milliseconds kAgain{500};

// For the shell of the host. The brackets keep the pattern from finding the command line that it stands in.
std::string killing(const std::string& token) {
  const auto search = "grep -ls '[" + token.substr(0, 1) + "]" + token.substr(1) + "' /proc/[0-9]*/cmdline";
  return "for f in $(" + search +
         "); do p=${f#/proc/}; kill -KILL ${p%/cmdline}; done; sleep 0.1; [ -z \"$(" + search + ")\" ]";
}

}  // namespace

std::string sample_token() {
  static std::atomic<unsigned> count{0};
  return "breakeven-sample-" + std::to_string(::getpid()) + "-" +
         std::to_string(Clock::now().time_since_epoch().count()) + "-" + std::to_string(++count);
}

std::string end_far_processes(Supervisor& supervisor, const Hosts& hosts, unsigned nodes,
                              const std::string& token, Clock::time_point give_up) {
  for (std::size_t i = 1; i < nodes && i < hosts.list().size(); ++i) {
    const auto& host = hosts.list()[i].name;
    auto words = hosts.agent();
    words.push_back(host);
    if (hosts.starter() == Starter::kSlurm) words.insert(words.end(), {"sh", "-c"});
    words.push_back(killing(token));
    while (true) {
      std::string why;
      try {
        const Ended ended = supervisor.run({.words = words, .env = {}, .deadline = kAnswer});
        if (ended.interrupted || (ended.exit_code == 0 && ended.signal == 0 && !ended.timed_out)) break;
        why = ended.exit_code == 1 && !ended.timed_out
                  ? " still has processes of the last sample"
                  : " does not answer, and may have processes of the last sample";
      } catch (const std::system_error& error) {
        why = std::string(" cannot be asked: ") + error.what();
      }
      if (Clock::now() >= give_up) return host + why;
      ::usleep(std::chrono::microseconds(kAgain).count());
    }
  }
  return "";
}

}  // namespace breakeven
