// A pool of persistent forked workers for any function from bytes to bytes; usable without the harness.
//
//   #include "backends/fork_pool/slots.h"
//
//   fork_pool::Pool pool(square, {.workers = 4});  // std::size_t square(Bytes input, MutableBytes output)
//   pool.start();                                  // forks: workers see what the function captured as it is
//   fork_pool::Slots slots(1000, 8, 8);            // tasks, bytes in and bytes out of each
//   for (std::size_t i = 0; i < slots.size(); ++i) store(i, slots.fill(i));
//   const auto outcome = pool.run(slots);          // read slots.result(i), outcome.losses
//
// Not thread-safe. One thread makes, starts, runs and destroys a pool, and outlives it: the kernel kills
// a worker when the thread that forked it ends, so no orphan is ever left. A worker keeps standard input,
// output and error of its caller, and no other descriptor; it has default signal dispositions and an
// empty signal mask.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/contract/outcome.h"
#include "backends/fork_pool/task_set.h"

namespace breakeven::fork_pool {

struct Settings {
  unsigned workers = 1;  // contexts that run tasks, the caller included where it works
  // The caller runs tasks too, as worker 0: three runnable processes on two cores are slower than none.
  // Without it the caller only moves messages, and sleeps when there are none.
  bool caller_works = true;
  // A worker whose task runs longer is killed and replaced; 0: none. The caller cannot be killed, so with a
  // deadline it runs no tasks.
  std::chrono::nanoseconds deadline{0};
  std::string transport = "pipe";
  // The larger payload of a task, in or out, where it is known: for buffers that fit. Any other works too.
  std::size_t task_bytes = 0;
  // On which the workers run; 0: those that this process may use. Tasks that wait more than they compute may be told more.
  unsigned cores = 0;
};

// Whether the caller is one of the workers, and how many are forked.
bool caller_works(const Settings& settings);
unsigned forked_workers(const Settings& settings);

using breakeven::Loss;
using breakeven::Outcome;

class WorkerSet;

class Pool {
 public:
  // Cheap; throws std::invalid_argument for no workers or an unknown transport.
  Pool(Function function, Settings settings);
  ~Pool();  // stops
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Forks the workers. std::system_error if that is refused; then nothing is left behind. A transport that
  // forks for each run does so there.
  void start();

  // Ends and reaps the workers: those that do not leave within a second are killed. start() may follow.
  void stop() noexcept;

  // Runs all tasks, `chunk` to a message; 0: the pool's choice, large at first and small towards the end.
  // Returns when each is done, failed or lost. A worker that dies loses the task that it was running; the
  // pool forks another and runs the rest elsewhere. What it cannot fork now it tries again in the next run:
  // until then workers() is short of one, or run throws std::system_error where no worker is left.
  Outcome run(TaskSet& tasks, std::size_t chunk = 0);

  std::vector<pid_t> workers() const;  // that are alive

 private:
  std::unique_ptr<WorkerSet> workers_;
};

}  // namespace breakeven::fork_pool
