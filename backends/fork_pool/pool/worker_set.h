// The forked workers of a pool: their start, what each of them owes, and their end.
#pragma once

#include <deque>
#include <vector>

#include "backends/fork_pool/fork_pool.h"
#include "backends/fork_pool/pool/process.h"
#include "backends/fork_pool/pool/task_times.h"
#include "backends/fork_pool/transports/transport.h"
#include "backends/platform/region.h"

namespace breakeven::fork_pool {

struct Worker {
  Process process;
  std::uint64_t regions_at_fork = 0;  // Region::made() at its fork
  std::deque<Chunk> owed;             // tasks sent and not answered, in the order in which answers come
  std::uint64_t sent = 0;             // tasks since the fork, without those taken back
  std::uint64_t answered = 0;         // tasks since the fork
  std::optional<std::size_t> killed;  // the task for which the pool killed it, beyond its deadline
  bool low = false;                   // has few tasks ahead; used while chunks are dealt out
  unsigned stopped = 0;               // how often in a row it was found stopped by a signal
  unsigned early_deaths = 0;          // deaths in a row before any answer and outside any task
};

class WorkerSet {
 public:
  WorkerSet(Function function, Settings settings);  // std::invalid_argument for an unknown transport
  ~WorkerSet() { stop_all(); }
  WorkerSet(const WorkerSet&) = delete;
  WorkerSet& operator=(const WorkerSet&) = delete;

  const Function& function() const { return function_; }
  const Settings& settings() const { return settings_; }
  Transport& transport() { return *transport_; }
  Memory memory() const { return memory_; }  // that the transport needs

  unsigned size() const { return static_cast<unsigned>(workers_.size()); }
  Worker& operator[](unsigned index) { return workers_[index]; }
  const Worker& operator[](unsigned index) const { return workers_[index]; }
  WorkerStatus& status(unsigned index) const { return statuses()[index]; }
  // The number in results and losses: the caller is 0 where it works.
  unsigned number(unsigned index) const { return index + (caller_works(settings_) ? 1 : 0); }

  std::chrono::steady_clock::time_point last_checked;  // when the workers' processes were last checked
  std::vector<Chunk> pending;                          // empty between runs: memory for the next one's
  // What tasks take, as far as earlier runs and this one showed.
  std::chrono::steady_clock::duration task_time{};  // about; 0: not known
  std::chrono::steady_clock::duration own_task{};   // the caller's last
  TaskTimes own_tasks;                              // all of the caller's, the older ones less

  void fork(unsigned index);        // throws std::system_error; then nothing is left behind
  ExitStatus reap(unsigned index);  // kills it if need be, and forgets what it owed
  void stop_all() noexcept;         // those that do not leave within a second are killed
  std::vector<pid_t> alive() const;

 private:
  WorkerStatus* statuses() const { return reinterpret_cast<WorkerStatus*>(status_memory_.data()); }

  Function function_;
  Settings settings_;
  std::unique_ptr<Transport> transport_;
  Memory memory_;
  Region status_memory_;
  std::vector<Worker> workers_;
};

}  // namespace breakeven::fork_pool
