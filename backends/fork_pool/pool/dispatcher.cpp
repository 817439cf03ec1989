// Dispatch. Which worker gets what is in dispatcher_supply.cpp, the faults are in dispatcher_faults.cpp.
#include "backends/fork_pool/pool/dispatcher.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "backends/platform/affinity.h"

namespace breakeven::fork_pool {
namespace {

using namespace std::chrono_literals;

// Results that a worker may have ready before the caller fetches them.
constexpr std::size_t kUnfetchedBytes = 32 << 10;
// How often the caller reads the clock, about: the reading costs 1 % of that.
constexpr auto kStride = 2us;
constexpr auto kLongestWithoutService = 1ms;
// From which time on a task of the caller's own is thought about: what serving takes is little beside it.
constexpr auto kCoarse = 20us;
// A task of the caller's own that takes longer keeps workers waiting whose payload is half moved.
constexpr auto kLongTask = 200us;

unsigned cores(const Settings& settings) { return settings.cores != 0 ? settings.cores : available_cores(); }

}  // namespace

Dispatcher::Dispatcher(WorkerSet& workers, TaskSet& tasks, std::size_t chunk)
    : workers_(workers),
      transport_(workers.transport()),
      tasks_(tasks),
      chunk_(chunk),
      caller_works_(caller_works(workers.settings())),
      caller_helps_(caller_works_),
      contexts_(workers.settings().workers),
      adapts_(tasks.size() > contexts_ && contexts_ <= cores(workers.settings())),
      task_time_known_(workers.task_time != Clock::duration::zero()),
      pending_(std::move(workers.pending)),
      open_(tasks.size()) {
  pending_.clear();
  size_messages();
  if (tasks.size() != 0) pending_.push_back({0, tasks.size()});
  pending_tasks_ = tasks.size();
}

Outcome Dispatcher::run() {
  const auto moved_before = transport_.bytes_moved();
  if (due()) check_workers();  // which workers died while idle
  stop_outdated_workers();
  if (workers_.memory() == Memory::kInherited && workers_.size() != 0 && tasks_.varies())
    tasks_.prepare(0, tasks_.size());
  fork_missing();
  if (adapts_) began_ = Clock::now();
  while (open_ != 0) {
    service();
    if (may_run_own_task() && (pending_tasks_ != 0 || take_back())) {
      finish_transfers();
      if (pending_tasks_ != 0) run_own_tasks();
    } else if (open_ != 0 && processes() == 0) {
      lose_pending();
    } else if (open_ != 0) {
      enforce_deadline();
      if (caller_works_) supply();  // what was reserved for the caller
      if (!transport_.wait(longest_wait()) || due()) check_workers();
    }
  }
  estimate_task_time(0);
  outcome_.bytes_moved = transport_.bytes_moved() - moved_before;
  workers_.pending = std::move(pending_);
  if (workers_.memory() == Memory::kInherited) workers_.stop_all();
  return std::move(outcome_);
}

void Dispatcher::stop_outdated_workers() {
  if (workers_.memory() == Memory::kPrivate) return;
  const auto layout = tasks_.layout();
  if (!layout)
    throw std::invalid_argument("transport " + workers_.settings().transport +
                                " needs tasks whose layout() says where their payload is in memory");
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (has_process(index) &&
        (workers_.memory() == Memory::kInherited || workers_[index].regions_at_fork <= layout->memory))
      return workers_.stop_all();
  }
}

void Dispatcher::service() {
  if (caller_works_ || adapts_) service_began_ = Clock::now();
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (has_process(index) && !transport_.advance(index, *this)) reap(index);
  }
  supply();
  if (pending_tasks_ == 0) supply_idle_workers();
  if (!caller_works_) return;  // only a caller that runs tasks needs to know what this costs
  serviced_ = Clock::now();
  service_time_ = serviced_ - service_began_;
  if (due(serviced_)) check_workers();
}

// The caller serves nobody while it runs a task: a worker that is through with what lies ahead of it waits, though others have
// tasks to spare. It runs one only as long as that costs less, in the mean, than the task is worth.
bool Dispatcher::may_run_own_task() {
  if (!caller_works_) return false;
  caller_helps_ = true;
  const auto mean = std::max(workers_.own_tasks.mean(), workers_.task_time);
  if (!adapts_ || workers_.size() < 2 || mean < kCoarse) return true;
  auto least = tasks_.size(), to_spare = pending_tasks_;
  std::size_t busy = 0;
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (!has_process(index) || idle(index)) continue;
    const auto more = ahead_of_its_task(index);
    least = std::min(least, more);
    to_spare += more;
    ++busy;
  }
  const auto waiting = std::min(busy, std::max<std::size_t>(to_spare, 1) - 1);  // the caller runs one of them
  const auto lasts = mean * static_cast<Clock::rep>(2 * least + 1) / 2;
  caller_helps_ = workers_.own_tasks.mean_beyond(lasts) * static_cast<Clock::rep>(waiting) <= mean;
  return caller_helps_;
}

bool Dispatcher::transferring() const {
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (!has_process(index)) continue;
    if (transport_.receiving(index)) return true;
    const auto& owed = workers_[index].owed;  // of which the last message is the one that is being sent
    if (!owed.empty() && !transport_.ready(index) && ahead(index) <= owed.back().count) return true;
  }
  return false;
}

// For half the time of such a task at most: whoever moves bytes without end must not keep the caller from its work.
void Dispatcher::finish_transfers() {
  if (workers_.own_task < kLongTask) return;
  const auto give_up = Clock::now() + workers_.own_task / 2;
  for (auto now = Clock::now(); now < give_up && transferring(); now = Clock::now()) {
    transport_.wait(give_up - now);
    service();
  }
}

void Dispatcher::run_own_tasks() {
  auto before = serviced_;
  while (true) {
    const auto own = take(stride_);
    tasks_.execute(workers_.function(), 0, own.first, own.first + own.count);
    open_ -= own.count;
    own_count_ += own.count;
    const auto now = Clock::now();
    own_time_ += now - before;
    workers_.own_task = (now - before) / static_cast<Clock::rep>(own.count);
    // From the time just measured, so that a few long tasks after many short ones do not
    // keep workers waiting.
    if (now - before > 2 * kStride) {
      const auto per_task = (now - before) / static_cast<Clock::rep>(own.count);
      stride_ = std::max<std::size_t>(
          1, static_cast<std::size_t>(kStride / std::max(per_task, Clock::duration(1))));
    } else if (now - before < kStride && own.count == stride_) {
      stride_ *= 2;
    }
    workers_.own_tasks.add(workers_.own_task);
    if (pending_tasks_ == 0 || needs_service(now)) return;
    before = now;
  }
}

// Whether a worker has few tasks ahead or much to deliver. Read from its status, which costs no system call.
bool Dispatcher::needs_service(Clock::time_point now) const {
  const auto since = now - serviced_;
  if (since > kLongestWithoutService) return true;
  if (since < service_time_) return false;  // service takes at most half of the caller's time
  const auto outstanding = not_begun();
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (!has_process(index)) continue;
    // A stream that waits for space may keep its worker waiting; a packet that waits has others before it.
    if (!revocable_ && !transport_.ready(index)) return true;
    if (2 * ahead(index) <= supply_target(outstanding)) return true;
    const auto begun = workers_[index].sent - ahead(index);
    const auto unfetched = begun - std::min(begun, workers_[index].answered);
    if (unfetched * (tasks_.output_capacity() + sizeof(Chunk)) > kUnfetchedBytes) return true;
  }
  return false;
}

std::optional<MutableBytes> Dispatcher::slot(unsigned index, std::size_t task) {
  const auto& owed = workers_[index].owed;
  if (owed.empty() || owed.front().first != task) return std::nullopt;
  return tasks_.output(task);
}

void Dispatcher::deliver(unsigned index, std::size_t task, const Result& result) {
  auto& worker = workers_[index];
  auto& owed = worker.owed.front();
  ++owed.first;
  if (--owed.count == 0) worker.owed.pop_front();
  ++worker.answered;
  worker.early_deaths = 0;
  --open_;
  tasks_.complete(workers_.number(index), task, result);
}

}  // namespace breakeven::fork_pool
