#include "backends/fork_pool/fork_pool.h"

#include <stdexcept>
#include <utility>

#include "backends/fork_pool/pool/dispatcher.h"
#include "backends/fork_pool/pool/worker_set.h"

namespace breakeven::fork_pool {

void TaskSet::execute(const Function& function, unsigned worker, std::size_t first,
                      std::size_t last) noexcept {
  for (auto task = first; task != last; ++task) {
    complete(worker, task, run_task(function, input(task), output(task)));
  }
}

bool caller_works(const Settings& settings) {
  return settings.caller_works && settings.deadline.count() <= 0;
}

unsigned forked_workers(const Settings& settings) {
  return settings.workers - (caller_works(settings) ? 1 : 0);
}

Pool::Pool(Function function, Settings settings) {
  if (settings.workers == 0) throw std::invalid_argument("a fork pool needs at least one worker");
  workers_ = std::make_unique<WorkerSet>(std::move(function), std::move(settings));
}

Pool::~Pool() = default;

void Pool::start() {
  if (workers_->memory() == Memory::kInherited) return;
  try {
    for (unsigned index = 0; index < workers_->size(); ++index) {
      if (!(*workers_)[index].process.exists()) workers_->fork(index);
    }
  } catch (...) {
    stop();
    throw;
  }
}

void Pool::stop() noexcept { workers_->stop_all(); }

Outcome Pool::run(TaskSet& tasks, std::size_t chunk) {
  try {
    return Dispatcher(*workers_, tasks, chunk).run();
  } catch (...) {
    stop();  // workers may owe results that no caller waits for any more
    throw;
  }
}

std::vector<pid_t> Pool::workers() const { return workers_->alive(); }

}  // namespace breakeven::fork_pool
