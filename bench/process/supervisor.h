// Runs one command as a supervised child: deadline, captured output, and no descendant left when it ends.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace breakeven {

struct Command {
  std::vector<std::string> words;          // program and arguments; no shell
  std::map<std::string, std::string> env;  // added to this process's environment
  std::string folder{};                    // that it works in; empty: this process's
  std::chrono::nanoseconds deadline{0};    // 0: none
  std::vector<int> cpus{};                 // that it may run on; empty: as this process
  bool huge_pages = true;                  // false: none for it and its descendants, wherever they come from
  int program = -1;  // a descriptor to execute instead of what stands at the path words[0]
  // What asks the command itself to end, before its whole group is killed; 0: nothing does.
  int end_signal = 0;
  std::chrono::nanoseconds end_grace{0};  // that it has from then on
  // Called with all of standard output so far, whenever there is more; must return at once.
  std::function<void(const std::string&)> listen = {};
};

struct Ended {
  int exit_code = 0;                 // where no signal ended it
  int signal = 0;                    // that ended it, or 0
  bool timed_out = false;            // the deadline passed and it was killed
  bool interrupted = false;          // interruption was asked for meanwhile, and it was killed
  int strays = 0;                    // descendants that outlived it by 200 ms and were killed
  std::uint64_t peak_rss_bytes = 0;  // the largest of the command and the descendants that it waited for
  std::chrono::nanoseconds wall{0};  // from its start until it was waited for
  std::chrono::nanoseconds cpu{0};   // of the command and the descendants that it waited for
  std::string out, err;  // standard output (up to 16 MiB), and of standard error the first and the last KiB
  bool out_is_cut = false;  // standard output was longer
};

// Used by one thread. While it lives this process adopts orphaned descendants (subreaper), and SIGINT and SIGTERM ask for an
// orderly end instead of killing: see interrupted(). Of several, those made later end first; each gives back what it found.
class Supervisor {
 public:
  Supervisor();
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Returns when the command and every descendant of it are gone. Throws std::system_error when it
  // cannot be started.
  Ended run(const Command& command);

  int interrupted() const;  // the signal that asked to stop, or 0

  // A child of this process that run() leaves alone, with all that it has below it, until it ends or is spared no longer.
  void spare(pid_t child) { spared_.insert(child); }
  void spare_no_longer(pid_t child) { spared_.erase(child); }
  bool is_spared(pid_t child) const { return spared_.contains(child); }  // false also once run() saw its end

 private:
  std::set<pid_t> spared_;
  int was_subreaper_ = 0;
  std::map<int, struct sigaction> before_;  // by signal: what to give back
};

}  // namespace breakeven
