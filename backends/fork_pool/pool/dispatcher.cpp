// Dispatch. The faults are in dispatcher_faults.cpp.
#include "backends/fork_pool/pool/dispatcher.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace breakeven::fork_pool {
namespace {

using namespace std::chrono_literals;

// A message's input, where the pool chooses: enough to pay for the system calls, small enough that both sides
// of a stream overlap and that it is still in the cache when it is read.
constexpr std::size_t kMessageBytes = 64 << 10;
// What may lie ahead of a worker: as much as pipes commonly hold, and no more messages than a few
// us of sending.
constexpr std::size_t kSupplyBytes = 512 << 10;
constexpr std::size_t kSupplyMessages = 32;
// Of a message whose inputs differ, beside a quarter of what they take.
constexpr std::size_t kPadding = 1024;
// Results that a worker may have ready before the caller fetches them.
constexpr std::size_t kUnfetchedBytes = 32 << 10;
// How often the caller reads the clock, about: the reading costs 1 % of that.
constexpr auto kStride = 2us;
constexpr auto kLongestWithoutService = 1ms;
// A task of the caller's own that takes longer keeps workers waiting whose payload is half moved.
constexpr auto kLongTask = 200us;

}  // namespace

Dispatcher::Dispatcher(WorkerSet& workers, TaskSet& tasks, std::size_t chunk)
    : workers_(workers),
      transport_(workers.transport()),
      tasks_(tasks),
      chunk_(chunk),
      caller_works_(caller_works(workers.settings())),
      contexts_(workers.settings().workers),
      pending_(std::move(workers.pending)),
      open_(tasks.size()) {
  pending_.clear();
  const auto input = std::max<std::size_t>(tasks.input_size(), 1);
  const auto in_a_packet = transport_.revocable_bytes() / input;
  // Tiny inputs fill a packet well; larger ones are better off in a stream.
  const auto fair = kMessageBytes / input;
  largest_message_ = chunk != 0 ? chunk : in_a_packet >= 4 ? std::min(in_a_packet, fair) : fair;
  largest_message_ = std::max<std::size_t>(largest_message_, 1);
  revocable_ = largest_message_ <= in_a_packet;
  largest_supply_ = std::max<std::size_t>(kSupplyBytes / input, 1);
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
  while (open_ != 0) {
    service();
    if (caller_works_ && (pending_tasks_ != 0 || take_back())) {
      finish_transfers();
      if (pending_tasks_ != 0) run_own_tasks();
    } else if (open_ != 0 && processes() == 0) {
      lose_pending();
    } else if (open_ != 0) {
      enforce_deadline();
      if (!transport_.wait(longest_wait()) || due()) check_workers();
    }
  }
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
  // Only a caller that runs tasks measures what this costs.
  const auto begin = caller_works_ ? Clock::now() : Clock::time_point();
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (has_process(index) && !transport_.advance(index, *this)) reap(index);
  }
  supply();
  if (pending_tasks_ == 0) supply_idle_workers();
  if (!caller_works_) return;
  serviced_ = Clock::now();
  service_time_ = serviced_ - begin;
  if (due(serviced_)) check_workers();
}

Chunk Dispatcher::take(std::size_t most) {
  Chunk& next = pending_.back();
  const Chunk taken{next.first, std::min(most, next.count)};
  next.first += taken.count;
  next.count -= taken.count;
  if (next.count == 0) pending_.pop_back();
  pending_tasks_ -= taken.count;
  return taken;
}

std::size_t Dispatcher::ahead(unsigned index) const {
  if (workers_[index].owed.empty())
    return 0;  // without reading its status, which would take that cache line from the worker
  const auto begun = workers_.status(index).begun.load(std::memory_order_relaxed);
  return workers_[index].sent - std::min(begun, workers_[index].sent);
}

// `outstanding`: tasks that no worker has begun. By default a message is a quarter of a worker's equal part
// of them, so messages shrink towards the end.
std::size_t Dispatcher::message_tasks(std::size_t outstanding) const {
  if (chunk_ != 0) return chunk_;
  return std::clamp<std::size_t>(outstanding / (4 * contexts_), 1, largest_message_);
}

// How many tasks should lie ahead of a worker. Where messages can be taken back every task may be sent; else
// half of an equal part. At the end, a caller that works will not look again before it is through with a task of its
// own, and a worker that is about to end one then would have nothing: as long as another task is left for the caller,
// one lies ahead of each worker. Where the caller only waits, nothing lies beyond what the worker is running.
std::size_t Dispatcher::supply_target(std::size_t outstanding) const {
  const auto half_part = outstanding / (2 * contexts_);
  if (!revocable_) {
    const std::size_t last = caller_works_ ? 1 : contexts_;
    return std::min(std::max<std::size_t>(half_part, outstanding > last), largest_supply_);
  }
  const auto part = (outstanding + workers_.size() - 1) / workers_.size();
  const auto most = kSupplyMessages * message_tasks(outstanding);
  return std::min({std::max(half_part, std::min(part, most)), most, largest_supply_});
}

// Where inputs differ: the first of these tasks whose inputs are alike, ready to be sent; the others go back.
Chunk Dispatcher::prepared(Chunk chunk) {
  if (!tasks_.varies()) return chunk;
  std::size_t largest = 0, sum = 0, count = 0;
  for (; count != chunk.count; ++count) {
    const auto bytes = tasks_.input_bytes(chunk.first + count);
    const auto padded = std::max(largest, bytes) * (count + 1);
    if (count != 0 && padded > (sum + bytes) * 5 / 4 + kPadding) break;
    largest = std::max(largest, bytes);
    sum += bytes;
  }
  if (const auto rest = chunk.count - count; rest != 0) {
    pending_.push_back({chunk.first + count, rest});
    pending_tasks_ += rest;
  }
  if (workers_.memory() != Memory::kInherited) tasks_.prepare(chunk.first, chunk.first + count);
  return {chunk.first, count};
}

bool Dispatcher::supply(unsigned index, std::size_t outstanding) {
  // The caller runs the last task itself rather than wait for a worker to finish it.
  const std::size_t reserve = caller_works_ && !revocable_ ? 1 : 0;
  if (!has_process(index) || pending_tasks_ <= reserve || !transport_.ready(index)) return false;
  const auto target = supply_target(outstanding);
  if (!idle(index) && ahead(index) >= target) return false;
  const auto chunk = prepared(take(message_tasks(outstanding)));
  auto& worker = workers_[index];
  worker.owed.push_back(chunk);
  worker.sent += chunk.count;
  transport_.post(index, tasks_, chunk);
  return true;
}

void Dispatcher::supply() {
  if (pending_tasks_ == 0) return;
  auto outstanding = pending_tasks_;
  for (unsigned index = 0; index < workers_.size(); ++index)
    outstanding += has_process(index) ? ahead(index) : 0;
  for (unsigned index = 0; index < workers_.size(); ++index) {
    workers_[index].low =
        has_process(index) && (idle(index) || 2 * ahead(index) <= supply_target(outstanding));
  }
  // In turns, so that few tasks are spread evenly.
  for (bool any = true; any;) {
    any = false;
    for (unsigned index = 0; index < workers_.size(); ++index) {
      bool& low = workers_[index].low;
      low = low && supply(index, outstanding);
      any = any || low;
    }
  }
}

bool Dispatcher::take_back() {
  unsigned richest = workers_.size();
  std::size_t most = 0;
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (!has_process(index) || ahead(index) <= most) continue;
    richest = index;
    most = ahead(index);
  }
  const auto chunk = most != 0 ? transport_.take_back(richest) : std::nullopt;
  if (!chunk) return false;
  auto& worker = workers_[richest];
  std::erase_if(worker.owed, [&](const Chunk& owed) { return owed.first == chunk->first; });
  worker.sent -= chunk->count;
  pending_.push_back(*chunk);
  pending_tasks_ += chunk->count;
  return true;
}

void Dispatcher::supply_idle_workers() {
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (!idle(index) || !transport_.ready(index)) continue;
    if (pending_tasks_ != 0 || take_back()) supply(index, pending_tasks_);
  }
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
  auto before = Clock::now();
  while (true) {
    const auto own = take(stride_);
    tasks_.execute(workers_.function(), 0, own.first, own.first + own.count);
    open_ -= own.count;
    const auto now = Clock::now();
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
    if (pending_tasks_ == 0 || needs_service(now)) return;
    before = now;
  }
}

// Whether a worker has few tasks ahead or much to deliver. Read from its status, which costs no system call.
bool Dispatcher::needs_service(Clock::time_point now) const {
  const auto since = now - serviced_;
  if (since > kLongestWithoutService) return true;
  if (since < service_time_) return false;  // service takes at most half of the caller's time
  auto outstanding = pending_tasks_;
  for (unsigned index = 0; index < workers_.size(); ++index)
    outstanding += has_process(index) ? ahead(index) : 0;
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
