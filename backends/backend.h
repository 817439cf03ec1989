// The contract of a backend: one way to run a job's tasks in parallel.
//
// A backend is one file that defines one BackendRegistration, and one line in backends/CMakeLists.txt. It
// knows no workload by name, and the harness knows no backend by name. The one rule: run() returns when every
// task is done, failed or reported lost, and it never hangs.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/contract/job.h"
#include "backends/contract/options.h"
#include "backends/contract/outcome.h"
#include "backends/contract/registry.h"
#include "backends/contract/shape.h"
#include "backends/contract/workload.h"

namespace breakeven {

enum class Dispatch {
  kSubmit,  // one call of the backend's API per task
  kMap,     // the whole range at once, handed out in chunks
};

// Everything about a case but its workload's code.
struct Setup {
  Shape shape;
  unsigned workers = 1;  // execution contexts that run tasks, the caller included where it works; at least 1
  Dispatch dispatch = Dispatch::kMap;
  std::size_t chunk = 0;  // tasks per chunk of a map; 0: the backend's own default
  Options options;
  std::chrono::nanoseconds deadline{0};  // of one task, where the backend can end it; 0: none
};

// A setup with the function itself. Workers inherit `workload` and nothing of the payload.
struct Plan : Setup {
  const Workload& workload;
};

struct Traits {
  Memory payload = Memory::kPrivate;
  bool processes = false;           // tasks run in other processes
  bool caller_works = false;        // the calling thread is one of the workers
  bool binds = false;               // workers() names all others while the pool lives: each can be bound
  std::string baseline = "serial";  // the backend that speed-ups are computed against
  std::map<std::string, std::string> env = {};  // environment that must be set before the process starts
};

struct WorkerId {
  enum class Kind { kThread, kProcess } kind = Kind::kThread;
  pid_t id = 0;
};

// Not thread-safe: one thread makes, starts, runs and destroys a backend.
class Backend {
 public:
  virtual ~Backend() = default;  // stops the pool; no thread, child, zombie, fd or segment outlives it
  virtual void start() = 0;      // the cold cost; throws std::exception with a reason if it cannot be made
  virtual Outcome run(Job& job) = 0;  // may be called any number of times, with any job of this plan's shape
  virtual std::vector<WorkerId> workers() const { return {}; }  // live threads or processes beside the caller
  // Of a backend that spans hosts, each of its processes, the caller's first. Asked before and after what is timed.
  virtual std::vector<RankUsage> ranks() { return {}; }
  // Facts of this machine that belong in every record, such as the path of the loaded runtime library.
  virtual std::map<std::string, std::string> facts() const { return {}; }
};

struct BackendFactory {
  std::string name;
  std::string summary;  // one line for `breakeven list`
  OptionSchema options = {};
  std::vector<std::string> variants = {""};  // option texts that "all" stands for, such as ",idle=hot"
  Traits (*traits)(const Setup&);
  std::optional<std::string> (*unsupported)(const Setup&);  // why this combination cannot be run, or nullopt
  std::unique_ptr<Backend> (*make)(const Plan&);            // cheap; the pool is made by start()
};

template <class SomeBackend>
std::unique_ptr<Backend> make_backend(const Plan& plan) {
  return std::make_unique<SomeBackend>(plan);
}

using BackendRegistry = Registry<BackendFactory>;
using BackendRegistration = Registration<BackendFactory>;

}  // namespace breakeven
