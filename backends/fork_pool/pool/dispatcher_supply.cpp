// Which worker gets which tasks when.
#include <algorithm>
#include <utility>

#include "backends/fork_pool/pool/dispatcher.h"

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
// A message is this share of a worker's equal part of what no worker has begun.
constexpr std::size_t kCutsPerContext = 4;
// What a message of several tasks may take, about: longer ones gain nothing, and whoever has begun one keeps all of it.
constexpr auto kMessageTime = 200us;
// Tasks of a run that have begun, for each context, from which on these say what a task takes.
constexpr std::size_t kManyBegun = 16;
// A copy that takes so long that its reader may be through with it before the caller has served all others.
constexpr std::size_t kLongCopy = 16 << 10;

}  // namespace

void Dispatcher::size_messages() {
  const auto input = std::max<std::size_t>(tasks_.input_size(), 1);
  const auto in_a_packet = transport_.revocable_bytes() / input;
  // Tiny inputs fill a packet well; larger ones are better off in a stream.
  const auto fair = kMessageBytes / input;
  largest_message_ = chunk_ != 0 ? chunk_ : in_a_packet >= 4 ? std::min(in_a_packet, fair) : fair;
  largest_message_ = std::max<std::size_t>(largest_message_, 1);
  revocable_ = largest_message_ <= in_a_packet;
  largest_supply_ = std::max<std::size_t>(kSupplyBytes / input, 1);
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

std::size_t Dispatcher::not_begun() const {
  auto count = pending_tasks_;
  for (unsigned index = 0; index < workers_.size(); ++index) count += has_process(index) ? ahead(index) : 0;
  return count;
}

std::size_t Dispatcher::ahead(unsigned index) const {
  if (workers_[index].owed.empty())
    return 0;  // without reading its status, which would take that cache line from the worker
  const auto begun = workers_.status(index).begun.load(std::memory_order_relaxed);
  return workers_[index].sent - std::min(begun, workers_[index].sent);
}

// Without the task that it is about to begin.
std::size_t Dispatcher::ahead_of_its_task(unsigned index) const {
  const auto& worker = workers_[index];
  const auto count = ahead(index);
  return count != 0 && worker.sent - count == worker.answered ? count - 1 : count;
}

// `outstanding`: tasks that no worker has begun. By default a message is a quarter of a worker's equal part
// of them, so messages shrink towards the end.
std::size_t Dispatcher::message_tasks(std::size_t outstanding) const {
  if (chunk_ != 0) return chunk_;
  const auto most = adapts_ ? std::min(largest_message_, tasks_within(kMessageTime)) : largest_message_;
  return std::clamp<std::size_t>(outstanding / (kCutsPerContext * contexts_), 1, most);
}

// At least 1, and no more where it is not known yet what a task takes.
std::size_t Dispatcher::tasks_within(Clock::duration time) const {
  if (workers_.task_time <= Clock::duration::zero()) return 1;
  return std::max<std::size_t>(static_cast<std::size_t>(time / workers_.task_time), 1);
}

// From all tasks of this run that have begun, as if no context had been idle, but at least what the caller's own took. The
// first of a run include what waking its workers took: until many have begun the last run's figure stands.
void Dispatcher::estimate_task_time(std::size_t outstanding) {
  if (!adapts_) return;
  const auto begun = tasks_.size() - outstanding;
  const auto enough = task_time_known_ ? std::min(kManyBegun * contexts_, tasks_.size()) : contexts_;
  if (begun >= enough) {
    const auto in_all = (service_began_ - began_) * static_cast<Clock::rep>(contexts_);
    workers_.task_time = std::max(in_all / static_cast<Clock::rep>(begun), Clock::duration(1));
  }
  if (own_count_ != 0)
    workers_.task_time = std::max(workers_.task_time, own_time_ / static_cast<Clock::rep>(own_count_));
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

// Tasks of which one is a message.
bool Dispatcher::coarse() const { return adapts_ && chunk_ == 0 && workers_.task_time > kMessageTime; }

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
  const std::size_t reserve = caller_helps_ && !revocable_ ? 1 : 0;
  if (!has_process(index) || pending_tasks_ <= reserve || !transport_.ready(index)) return false;
  const auto target = supply_target(outstanding);
  if (!idle(index) && ahead(index) >= target) return false;
  give(index, message_tasks(outstanding));
  return true;
}

bool Dispatcher::runs_low(unsigned index, std::size_t outstanding) const {
  return idle(index) || 2 * ahead(index) <= supply_target(outstanding);
}

void Dispatcher::supply() {
  if (pending_tasks_ == 0) return;
  const auto outstanding = not_begun();
  estimate_task_time(outstanding);
  for (unsigned index = 0; index < workers_.size(); ++index) {
    workers_[index].low = has_process(index) && runs_low(index, outstanding);
  }
  // In turns, so that few tasks are spread evenly.
  for (bool any = true; any;) {
    any = false;
    for (unsigned index = 0; index < workers_.size(); ++index) {
      bool& low = workers_[index].low;
      low = low && supply(index, outstanding);
      any = any || low;
      if (low && serve_first(index, outstanding)) break;
    }
  }
}

// While the caller copied a long message the workers before may have ended theirs: what they answer still lies in a cache, and
// they go on before others are woken. Whether one of them needs a message.
bool Dispatcher::serve_first(unsigned last, std::size_t outstanding) {
  if (pending_tasks_ == 0 || workers_[last].owed.back().count * tasks_.input_size() < kLongCopy ||
      !transport_.copies_input(tasks_))
    return false;
  bool any = false;
  for (unsigned index = 0; index <= last && pending_tasks_ != 0; ++index) {
    if (!has_process(index) || idle(index)) continue;
    if (!transport_.advance(index, *this)) {
      reap(index);
    } else if (runs_low(index, outstanding)) {
      any = workers_[index].low = true;
    }
  }
  return any;
}

bool Dispatcher::take_back(std::size_t beyond) {
  unsigned richest = workers_.size();
  std::size_t most = beyond;
  for (unsigned index = 0; index < workers_.size(); ++index) {
    if (!has_process(index) || ahead(index) <= most) continue;
    richest = index;
    most = ahead(index);
  }
  const auto chunk = richest != workers_.size() ? transport_.take_back(richest) : std::nullopt;
  if (!chunk) return false;
  auto& worker = workers_[richest];
  std::erase_if(worker.owed, [&](const Chunk& owed) { return owed.first == chunk->first; });
  worker.sent -= chunk->count;
  pending_.push_back(*chunk);
  pending_tasks_ += chunk->count;
  return true;
}

void Dispatcher::give(unsigned index, std::size_t most) {
  const auto chunk = prepared(take(most));
  auto& worker = workers_[index];
  worker.owed.push_back(chunk);
  worker.sent += chunk.count;
  transport_.post(index, tasks_, chunk);
}

// Where tasks are long, workers that will soon have nothing get their part before that, from such as have at least two more.
void Dispatcher::supply_idle_workers() {
  std::size_t least = 0;
  if (const auto count = coarse() ? processes() : 0; count != 0) least = (not_begun() / count + 1) / 2;
  for (unsigned index = 0; index < workers_.size(); ++index) {
    while (has_process(index) && transport_.ready(index)) {
      // A look at how much lies ahead takes that line from the worker.
      const auto has = idle(index) || least == 0 ? 0 : ahead(index);
      if (!idle(index) && has >= least) break;
      if (pending_tasks_ == 0 && !take_back(idle(index) ? 0 : has + 1)) break;
      give(index, message_tasks(pending_tasks_));
    }
  }
}

}  // namespace breakeven::fork_pool
