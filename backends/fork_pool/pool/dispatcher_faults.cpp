// What becomes of a run when a worker dies, stops, or exceeds its deadline.
#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

#include "backends/fork_pool/pool/dispatcher.h"

namespace breakeven::fork_pool {
namespace {

using namespace std::chrono_literals;

// A worker that dies this often in a row with no task to blame would die for ever (no memory, a sandbox).
constexpr unsigned kFutileDeaths = 3;
// Over descriptors a death is normally seen at once, as the end of the results. Not so in shared memory,
// where the worker's own child keeps the descriptor open, or where it is only stopped: those are looked for
// at this pace, for less than a us each.
constexpr std::chrono::nanoseconds kSlice = 20ms;
// Ctrl-Z stops the caller as well, and after it a worker may be seen stopped for a moment.
constexpr unsigned kStoppedForGood = 5;

// The steady clock as of the last tick: some milliseconds late, and cheap enough to be asked at every turn.
std::chrono::steady_clock::time_point last_tick() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

unsigned Dispatcher::employed() const {
  unsigned count = 0;
  for (unsigned index = 0; index < crew_.size(); ++index) count += employed(index);
  return count;
}

// Heals what an earlier run could not.
void Dispatcher::hire_missing() {
  for (unsigned index = 0; index < crew_.size() && open_ != 0; ++index) {
    if (employed(index)) continue;
    crew_[index].futile = 0;
    try {
      crew_.hire(index);
    } catch (const std::system_error&) {
      if (!caller_works_ && employed() == 0 && index + 1 == crew_.size()) throw;
    }
  }
}

void Dispatcher::bury(unsigned index) {
  auto& worker = crew_[index];
  const auto running = crew_.board(index).running.load(std::memory_order_acquire);
  auto culprit = worker.killed;
  if (!culprit && running != 0) culprit = running - 1;
  const bool futile = worker.answered == 0;
  const auto owed = std::exchange(worker.owed, {});
  last_end_ = crew_.bury(index);
  last_dead_ = index;

  bool lost = false;
  for (const auto& [first, count] : owed) {
    const auto last = first + count;
    const auto cut = culprit && *culprit >= first && *culprit < last ? *culprit : last;
    if (cut != last) {
      outcome_.losses.push_back({*culprit, crew_.number(index), last_end_.signal, last_end_.exit_code});
      --open_;
      lost = true;
    }
    // What was only queued, or done but not yet delivered, is run again by whoever is free.
    if (cut != first) pending_.push_back({first, cut - first});
    if (cut != last && cut + 1 != last) pending_.push_back({cut + 1, last - cut - 1});
    pending_tasks_ += count - (cut != last ? 1 : 0);
  }
  worker.futile = futile && !lost ? worker.futile + 1 : 0;
  if (worker.futile >= kFutileDeaths) return;
  try {
    crew_.hire(index);
  } catch (const std::system_error&) {
    // The others, the caller or the next run go on without it; workers() shows that it is missing.
  }
}

void Dispatcher::abandon() {
  while (pending_tasks_ != 0) {
    const auto task = take(1).first;
    outcome_.losses.push_back({task, crew_.number(last_dead_), last_end_.signal, last_end_.exit_code});
    --open_;
  }
}

void Dispatcher::enforce_deadline() {
  const auto deadline = crew_.settings().deadline.count();
  if (deadline <= 0) return;
  for (unsigned index = 0; index < crew_.size(); ++index) {
    auto& worker = crew_[index];
    if (!employed(index) || worker.killed) continue;
    const Board& board = crew_.board(index);
    const auto task = board.running.load(std::memory_order_acquire);
    const auto since = board.since_ns.load(std::memory_order_acquire);
    if (task == 0 || Executor::now_ns() - since <= deadline) continue;
    if (board.running.load(std::memory_order_acquire) != task) continue;  // `since` may be the next one's
    // It may go on to an innocent task before the signal arrives: the blame is fixed now.
    worker.killed = task - 1;
    worker.process.kill();
  }
}

std::chrono::nanoseconds Dispatcher::patience() const {
  const auto deadline = crew_.settings().deadline;
  if (deadline.count() <= 0) return kSlice;
  auto limit = std::min(kSlice, deadline);
  for (unsigned index = 0; index < crew_.size(); ++index) {
    if (!employed(index) || crew_[index].killed) continue;
    const Board& board = crew_.board(index);
    if (board.running.load(std::memory_order_acquire) == 0) continue;
    const auto over = board.since_ns.load(std::memory_order_acquire) + deadline.count();
    limit =
        std::min(limit, std::chrono::nanoseconds(std::max<std::int64_t>(over - Executor::now_ns(), 0) + 1));
  }
  return limit;
}

bool Dispatcher::due() const { return due(last_tick()); }

bool Dispatcher::due(Clock::time_point now) const { return now - crew_.looked_after > kSlice; }

void Dispatcher::look_after_all() {
  const auto now = Clock::now();
  if (now - crew_.looked_after < kSlice / 2)
    return;  // a deadline may wake us more often than a stop should be counted
  crew_.looked_after = now;
  for (unsigned index = 0; index < crew_.size(); ++index) {
    auto& worker = crew_[index];
    if (!employed(index)) continue;
    const auto state = worker.process.state();
    worker.stopped = state == Process::State::kStopped ? worker.stopped + 1 : 0;
    if (worker.stopped >= kStoppedForGood) worker.process.kill();
    if (state != Process::State::kEnded) continue;
    transport_.advance(index, *this);  // what it had sent before
    bury(index);
  }
}

}  // namespace breakeven::fork_pool
