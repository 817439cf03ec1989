// The forked workers of a pool: hiring, what each owes, and burying.
#pragma once

#include <deque>
#include <vector>

#include "backends/fork_pool/fork_pool.h"
#include "backends/fork_pool/pool/process.h"
#include "backends/fork_pool/transports/transport.h"
#include "backends/platform/region.h"

namespace breakeven::fork_pool {

struct Worker {
  Process process;
  std::uint64_t born = 0;             // Region::made() then
  std::deque<Chunk> owed;             // tasks sent and not answered, in the order in which answers come
  std::uint64_t sent = 0;             // tasks, since the fork, without those taken back
  std::uint64_t answered = 0;         // tasks, since the fork
  std::optional<std::size_t> killed;  // the task for which the pool killed it, beyond its deadline
  bool low = false;                   // on supplies, while they are dealt out
  unsigned stopped = 0;               // how often in a row it was found stopped
  unsigned futile = 0;                // deaths in a row of which no task was the cause and before any answer
};

class Crew {
 public:
  Crew(Function function, Settings settings);  // std::invalid_argument for an unknown transport
  ~Crew() { dismiss(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  const Function& function() const { return function_; }
  const Settings& settings() const { return settings_; }
  Transport& transport() { return *transport_; }
  Memory memory() const { return memory_; }  // that the transport needs

  unsigned size() const { return static_cast<unsigned>(workers_.size()); }
  Worker& operator[](unsigned index) { return workers_[index]; }
  const Worker& operator[](unsigned index) const { return workers_[index]; }
  Board& board(unsigned index) const { return boards()[index]; }
  // As results and losses name it: the caller is 0 where it works.
  unsigned number(unsigned index) const { return index + (caller_works(settings_) ? 1 : 0); }

  std::chrono::steady_clock::time_point looked_after;  // when it was last seen who is alive

  void hire(unsigned index);  // std::system_error; then nothing is left behind
  End bury(unsigned index);   // kills if need be, reaps, forgets what it owed
  void dismiss() noexcept;    // all of them; those that do not leave within a second are killed
  std::vector<pid_t> alive() const;

 private:
  Board* boards() const { return reinterpret_cast<Board*>(board_memory_.data()); }

  Function function_;
  Settings settings_;
  std::unique_ptr<Transport> transport_;
  Memory memory_;
  Region board_memory_;
  std::vector<Worker> workers_;
};

}  // namespace breakeven::fork_pool
