// What happens to a run when a worker dies, stops, or exceeds its deadline.
#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

#include "backends/fork_pool/pool/dispatcher.h"

namespace breakeven::fork_pool {
namespace {

using namespace std::chrono_literals;

// A worker that dies this often in a row outside any task would die for ever (no memory, a sandbox).
constexpr unsigned kMostEarlyDeaths = 3;
// Over descriptors a death is normally seen at once, as the end of the results. It is not in shared memory,
// where the worker's own child keeps the descriptor open, or where the worker is only stopped: workers are
// checked for these at this interval, in less than a us each.
constexpr std::chrono::nanoseconds kSlice = 20ms;
// Ctrl-Z stops the caller as well, and a worker may be seen stopped for a moment afterwards.
constexpr unsigned kStoppedForGood = 5;

// The steady clock at the last tick: some milliseconds late, and cheap enough for every turn of the loop.
std::chrono::steady_clock::time_point last_tick() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

unsigned Dispatcher::processes() const {
  unsigned count = 0;
  for (unsigned index = 0; index < workers_.size(); ++index) count += has_process(index);
  return count;
}

// Forks what an earlier run could not.
void Dispatcher::fork_missing() {
  for (unsigned index = 0; index < workers_.size() && open_ != 0; ++index) {
    if (has_process(index)) continue;
    workers_[index].early_deaths = 0;
    try {
      workers_.fork(index);
    } catch (const std::system_error&) {
      if (!caller_works_ && processes() == 0 && index + 1 == workers_.size()) throw;
    }
  }
}

void Dispatcher::reap(unsigned index) {
  auto& worker = workers_[index];
  const auto running = workers_.status(index).running.load(std::memory_order_acquire);
  auto lost_task = worker.killed;
  if (!lost_task && running != 0) lost_task = running - 1;
  const bool early = worker.answered == 0;
  const auto owed = std::exchange(worker.owed, {});
  last_exit_ = workers_.reap(index);
  last_dead_ = index;

  bool lost = false;
  for (const auto& [first, count] : owed) {
    const auto last = first + count;
    const auto cut = lost_task && *lost_task >= first && *lost_task < last ? *lost_task : last;
    if (cut != last) {
      outcome_.losses.push_back(
          {*lost_task, workers_.number(index), last_exit_.signal, last_exit_.exit_code});
      --open_;
      lost = true;
    }
    // What was only queued, or done but not yet delivered, is run again.
    if (cut != first) pending_.push_back({first, cut - first});
    if (cut != last && cut + 1 != last) pending_.push_back({cut + 1, last - cut - 1});
    pending_tasks_ += count - (cut != last ? 1 : 0);
  }
  worker.early_deaths = early && !lost ? worker.early_deaths + 1 : 0;
  if (worker.early_deaths >= kMostEarlyDeaths) return;
  try {
    workers_.fork(index);
  } catch (const std::system_error&) {
    // The other workers, the caller or the next run go on without it; workers() shows that it is missing.
  }
}

void Dispatcher::lose_pending() {
  while (pending_tasks_ != 0) {
    const auto task = take(1).first;
    outcome_.losses.push_back({task, workers_.number(last_dead_), last_exit_.signal, last_exit_.exit_code});
    --open_;
  }
}

void Dispatcher::enforce_deadline() {
  const auto deadline = workers_.settings().deadline.count();
  if (deadline <= 0) return;
  for (unsigned index = 0; index < workers_.size(); ++index) {
    auto& worker = workers_[index];
    if (!has_process(index) || worker.killed) continue;
    const WorkerStatus& status = workers_.status(index);
    const auto task = status.running.load(std::memory_order_acquire);
    const auto since = status.since_ns.load(std::memory_order_acquire);
    if (task == 0 || Executor::now_ns() - since <= deadline) continue;
    if (status.running.load(std::memory_order_acquire) != task) continue;  // `since` may be the next task's
    // The worker may begin another task before the signal arrives: which task is lost is fixed now.
    worker.killed = task - 1;
    worker.process.kill();
  }
}

std::chrono::nanoseconds Dispatcher::longest_wait() const {
  const auto deadline = workers_.settings().deadline;
  if (deadline.count() <= 0) return kSlice;
  auto limit = std::min(kSlice, deadline);
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (!has_process(index) || workers_[index].killed) continue;
    const WorkerStatus& status = workers_.status(index);
    if (status.running.load(std::memory_order_acquire) == 0) continue;
    const auto over = status.since_ns.load(std::memory_order_acquire) + deadline.count();
    limit =
        std::min(limit, std::chrono::nanoseconds(std::max<std::int64_t>(over - Executor::now_ns(), 0) + 1));
  }
  return limit;
}

bool Dispatcher::due() const { return due(last_tick()); }

bool Dispatcher::due(Clock::time_point now) const { return now - workers_.last_checked > kSlice; }

void Dispatcher::check_workers() {
  const auto now = Clock::now();
  if (now - workers_.last_checked < kSlice / 2)
    return;  // a deadline may wake the caller more often than a stop should be counted
  workers_.last_checked = now;
  for (unsigned index = 0; index < workers_.size(); ++index) {
    auto& worker = workers_[index];
    if (!has_process(index)) continue;
    const auto state = worker.process.state();
    worker.stopped = state == Process::State::kStopped ? worker.stopped + 1 : 0;
    if (worker.stopped >= kStoppedForGood) worker.process.kill();
    if (state != Process::State::kEnded) continue;
    transport_.advance(index, *this);  // what it had sent before it died
    reap(index);
  }
}

}  // namespace breakeven::fork_pool
