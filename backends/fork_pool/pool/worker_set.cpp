#include "backends/fork_pool/pool/worker_set.h"

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

namespace breakeven::fork_pool {
namespace {

// `limit`: what else than memory may be used up.
[[noreturn]] void refuse(const std::error_code& code, const std::string& what, const std::string& limit) {
  const bool memory = code == std::errc::not_enough_memory;
  throw std::system_error(code, "cannot " + what + "; use fewer workers or raise the limit on " +
                                    (memory ? "memory (ulimit -v)" : limit));
}

}  // namespace

WorkerSet::WorkerSet(Function function, Settings settings)
    : function_(std::move(function)),
      settings_(std::move(settings)),
      transport_(make_transport(settings_.transport, {.workers = forked_workers(settings_),
                                                      .task_bytes = settings_.task_bytes,
                                                      .caller_works = caller_works(settings_)})),
      memory_(transport_memory(settings_.transport)),
      status_memory_(forked_workers(settings_) * sizeof(WorkerStatus), Memory::kShared),
      workers_(forked_workers(settings_)) {}

void WorkerSet::fork(unsigned index) {
  const auto which = "worker " + std::to_string(index + 1) + " of " + std::to_string(size());
  try {
    transport_->open(index);
  } catch (const std::system_error& error) {
    refuse(error.code(), "connect " + which, "open files (ulimit -n)");
  }
  try {
    WorkerStatus& status = *new (&statuses()[index]) WorkerStatus;
    workers_[index].regions_at_fork = Region::made();
    const auto kept = transport_->worker_descriptors(index);
    workers_[index].process = Process(kept, [&] {
      Executor executor(function_, status, settings_.deadline.count() > 0);
      transport_->serve(index, executor);
    });
  } catch (const std::system_error& error) {
    transport_->close(index);
    refuse(error.code(), "fork " + which, "processes (ulimit -u)");
  }
  transport_->forked(index);
}

ExitStatus WorkerSet::reap(unsigned index) {
  // The connection has ended, so the process is leaving: the signal is for one that closed it and lives on.
  const ExitStatus end = workers_[index].process.end(std::chrono::nanoseconds(0));
  transport_->close(index);
  const auto early_deaths = workers_[index].early_deaths;
  workers_[index] = Worker();
  workers_[index].early_deaths = early_deaths;
  return end;
}

void WorkerSet::stop_all() noexcept {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::seconds(1);
  for (unsigned index = 0; index < size(); ++index) transport_->close(index);
  for (auto& worker : workers_) {
    worker.process.end(until - Clock::now());
    worker = Worker();
  }
}

std::vector<pid_t> WorkerSet::alive() const {
  std::vector<pid_t> pids;
  for (const auto& worker : workers_) {
    if (worker.process.exists() && worker.process.state() != Process::State::kEnded) {
      pids.push_back(worker.process.pid());
    }
  }
  return pids;
}

}  // namespace breakeven::fork_pool
