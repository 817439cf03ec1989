// Dispatch. The faults are in dispatcher_faults.cpp.
#include "backends/fork_pool/pool/dispatcher.h"

#include <algorithm>
#include <stdexcept>

namespace breakeven::fork_pool {
namespace {

using namespace std::chrono_literals;

// A message's input, where the pool chooses: enough to pay for the system calls, small enough that both sides
// of a stream overlap and that it is still in the cache when it is read.
constexpr std::size_t kMessageBytes = 64 << 10;
// What lies ahead of a worker: as much as pipes commonly hold, and no more messages than a few us of sending.
constexpr std::size_t kSupplyBytes = 512 << 10;
constexpr std::size_t kSupplyMessages = 32;
// Results that a worker may have ready before the caller fetches them.
constexpr std::size_t kUnfetchedBytes = 32 << 10;
// The caller looks at the clock about this often: the look costs 1 % of it.
constexpr auto kStride = 2us;
constexpr auto kLongestWithoutService = 1ms;

}  // namespace

Dispatcher::Dispatcher(Crew& crew, Batch& batch, std::size_t chunk)
    : crew_(crew),
      transport_(crew.transport()),
      batch_(batch),
      chunk_(chunk),
      caller_works_(caller_works(crew.settings())),
      workers_(crew.settings().workers),
      open_(batch.size()) {
  const auto input = std::max<std::size_t>(batch.input_size(), 1);
  const auto in_a_packet = transport_.revocable_bytes() / input;
  // Tiny inputs fill a packet well; larger ones are better off in a stream.
  const auto fair = kMessageBytes / input;
  largest_message_ = chunk != 0 ? chunk : in_a_packet >= 4 ? std::min(in_a_packet, fair) : fair;
  largest_message_ = std::max<std::size_t>(largest_message_, 1);
  revocable_ = largest_message_ <= in_a_packet;
  largest_supply_ = std::max<std::size_t>(kSupplyBytes / input, 1);
  if (batch.size() != 0) pending_.push_back({0, batch.size()});
  pending_tasks_ = batch.size();
}

Outcome Dispatcher::run() {
  const auto moved_before = transport_.bytes_moved();
  if (due(Clock::now())) look_after_all();  // who died while idle
  dismiss_the_blind();
  hire_missing();
  while (open_ != 0) {
    service();
    if (caller_works_ && (pending_tasks_ != 0 || take_back())) {
      help();
    } else if (open_ != 0 && employed() == 0) {
      abandon();
    } else if (open_ != 0) {
      enforce_deadline();
      if (!transport_.wait(patience()) || due()) look_after_all();
    }
  }
  outcome_.bytes_moved = transport_.bytes_moved() - moved_before;
  if (crew_.memory() == Memory::kInherited) crew_.dismiss();
  return std::move(outcome_);
}

void Dispatcher::dismiss_the_blind() {
  if (crew_.memory() == Memory::kPrivate) return;
  const auto layout = batch_.layout();
  if (!layout)
    throw std::invalid_argument("transport " + crew_.settings().transport +
                                " needs a batch that says where its payload is in memory");
  for (unsigned index = 0; index < crew_.size(); ++index) {
    if (employed(index) && (crew_.memory() == Memory::kInherited || crew_[index].born <= layout->memory))
      return crew_.dismiss();
  }
}

void Dispatcher::service() {
  // Only who has tasks of its own asks what this costs.
  const auto begin = caller_works_ ? Clock::now() : Clock::time_point();
  for (unsigned index = 0; index < crew_.size(); ++index) {
    if (employed(index) && !transport_.advance(index, *this)) bury(index);
  }
  supply();
  if (pending_tasks_ == 0) feed_the_idle();
  if (!caller_works_) return;
  serviced_ = Clock::now();
  service_time_ = serviced_ - begin;
  if (due(serviced_)) look_after_all();
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
  if (crew_[index].owed.empty())
    return 0;  // without a look at the board, which would take it from the worker
  const auto begun = crew_.board(index).begun.load(std::memory_order_relaxed);
  return crew_[index].sent - std::min(begun, crew_[index].sent);
}

// `outstanding`: tasks that nobody has begun. By default a message is a quarter of a worker's share of them,
// so it shrinks as the end comes near.
std::size_t Dispatcher::message_tasks(std::size_t outstanding) const {
  if (chunk_ != 0) return chunk_;
  return std::clamp<std::size_t>(outstanding / (4 * workers_), 1, largest_message_);
}

// How many tasks should lie ahead of a worker. What can be taken back may be sent to the last task; else half
// a fair share, and at the very end nothing beyond what it is running.
std::size_t Dispatcher::supply_target(std::size_t outstanding) const {
  const auto half_share = outstanding / (2 * workers_);
  if (!revocable_)
    return std::min(std::max<std::size_t>(half_share, outstanding > workers_), largest_supply_);
  const auto share = (outstanding + crew_.size() - 1) / crew_.size();
  const auto most = kSupplyMessages * message_tasks(outstanding);
  return std::min({std::max(half_share, std::min(share, most)), most, largest_supply_});
}

bool Dispatcher::supply(unsigned index, std::size_t outstanding) {
  // The caller takes the last one itself rather than wait for somebody else to finish it.
  const std::size_t reserve = caller_works_ && !revocable_ ? 1 : 0;
  if (!employed(index) || pending_tasks_ <= reserve || !transport_.ready(index)) return false;
  const auto target = supply_target(outstanding);
  if (!idle(index) && ahead(index) >= target) return false;
  const auto chunk = take(message_tasks(outstanding));
  auto& worker = crew_[index];
  worker.owed.push_back(chunk);
  worker.sent += chunk.count;
  transport_.post(index, batch_, chunk);
  return true;
}

void Dispatcher::supply() {
  if (pending_tasks_ == 0) return;
  auto outstanding = pending_tasks_;
  for (unsigned index = 0; index < crew_.size(); ++index) outstanding += employed(index) ? ahead(index) : 0;
  for (unsigned index = 0; index < crew_.size(); ++index) {
    crew_[index].low = employed(index) && (idle(index) || 2 * ahead(index) <= supply_target(outstanding));
  }
  // In turns, so that a short batch is spread evenly.
  for (bool any = true; any;) {
    any = false;
    for (unsigned index = 0; index < crew_.size(); ++index) {
      bool& low = crew_[index].low;
      low = low && supply(index, outstanding);
      any = any || low;
    }
  }
}

bool Dispatcher::take_back() {
  unsigned richest = crew_.size();
  std::size_t most = 0;
  for (unsigned index = 0; index < crew_.size(); ++index) {
    if (!employed(index) || ahead(index) <= most) continue;
    richest = index;
    most = ahead(index);
  }
  const auto chunk = most != 0 ? transport_.take_back(richest) : std::nullopt;
  if (!chunk) return false;
  auto& worker = crew_[richest];
  std::erase_if(worker.owed, [&](const Chunk& owed) { return owed.first == chunk->first; });
  worker.sent -= chunk->count;
  pending_.push_back(*chunk);
  pending_tasks_ += chunk->count;
  return true;
}

void Dispatcher::feed_the_idle() {
  for (unsigned index = 0; index < crew_.size(); ++index) {
    if (!idle(index) || !transport_.ready(index)) continue;
    if (pending_tasks_ != 0 || take_back()) supply(index, pending_tasks_);
  }
}

void Dispatcher::help() {
  auto before = Clock::now();
  while (true) {
    const auto share = take(stride_);
    batch_.execute(crew_.function(), 0, share.first, share.first + share.count);
    open_ -= share.count;
    const auto now = Clock::now();
    // By the time just seen, so that a few long tasks after many short ones do not keep the workers waiting.
    if (now - before > 2 * kStride) {
      const auto per_task = (now - before) / static_cast<Clock::rep>(share.count);
      stride_ = std::max<std::size_t>(
          1, static_cast<std::size_t>(kStride / std::max(per_task, Clock::duration(1))));
    } else if (now - before < kStride && share.count == stride_) {
      stride_ *= 2;
    }
    if (pending_tasks_ == 0 || wanted(now)) return;
    before = now;
  }
}

// Whether a worker runs low or has much to deliver. Read from the boards, which costs no system call.
bool Dispatcher::wanted(Clock::time_point now) const {
  const auto since = now - serviced_;
  if (since > kLongestWithoutService) return true;
  if (since < service_time_) return false;  // never more than half of the caller's time for the others
  auto outstanding = pending_tasks_;
  for (unsigned index = 0; index < crew_.size(); ++index) outstanding += employed(index) ? ahead(index) : 0;
  for (unsigned index = 0; index < crew_.size(); ++index) {
    if (!employed(index)) continue;
    // A stream that waits for room may keep its worker waiting; a packet that does has others before it.
    if (!revocable_ && !transport_.ready(index)) return true;
    if (2 * ahead(index) <= supply_target(outstanding)) return true;
    const auto begun = crew_[index].sent - ahead(index);
    const auto unfetched = begun - std::min(begun, crew_[index].answered);
    if (unfetched * (batch_.output_capacity() + sizeof(Chunk)) > kUnfetchedBytes) return true;
  }
  return false;
}

std::optional<MutableBytes> Dispatcher::slot(unsigned index, std::size_t task) {
  const auto& owed = crew_[index].owed;
  if (owed.empty() || owed.front().first != task) return std::nullopt;
  return batch_.output(task);
}

void Dispatcher::deliver(unsigned index, std::size_t task, const Result& result) {
  auto& worker = crew_[index];
  auto& owed = worker.owed.front();
  ++owed.first;
  if (--owed.count == 0) worker.owed.pop_front();
  ++worker.answered;
  worker.futile = 0;
  --open_;
  batch_.complete(crew_.number(index), task, result);
}

}  // namespace breakeven::fork_pool
