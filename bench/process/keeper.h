// A command that goes on beside the samples of a run, such as a standing cluster, under a process of this program that keeps
// it: whatever becomes of the run, the keeper ends it with all that it has below it.
#pragma once

#include <sys/types.h>

#include <stdexcept>
#include <string>

#include "bench/process/supervisor.h"

namespace breakeven {

struct Kept {
  std::vector<std::string> words;
  std::map<std::string, std::string> env;
  std::string ready;    // how the line of its standard output begins that says that it stands
  double start_s = 30;  // in which it must come
  int end_signal = 0;   // that asks it to end; 0: it is killed
  double end_grace_s = 0;
};

// Why it does not stand, in one line.
struct KeepError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Not thread-safe. `executable`: this program, which has the hidden word `keep`.
class Keeper {
 public:
  // Returns once it stands. Throws KeepError; nothing of it is left then.
  Keeper(Supervisor& supervisor, const std::string& executable, const Kept& kept);
  ~Keeper();  // ends it, and waits until all of it is gone
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  const std::string& said() const { return said_; }  // what stands behind `ready` in its line
  bool lives() const;

  // While it sleeps its processes on this machine get no CPU.
  void sleep();
  void wake();

 private:
  Supervisor& supervisor_;
  pid_t keeper_ = -1;
  double end_s_;
  std::string said_;
  bool sleeps_ = false;
};

// The keeper's own side: what `keep` does with its argument; returns the exit code.
int keep(const std::string& description);

}  // namespace breakeven
