#include "backends/fork_pool/messages/ring_results.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

namespace breakeven::fork_pool::ring {
namespace {

constexpr std::size_t kHeader = 2 * sizeof(std::uint64_t);  // the tag with the length, the task
// Results that are published together: several on a cache line, and few to run again after a death.
constexpr unsigned kHeldResults = 16;
constexpr std::size_t kHeldBytes = 2048;
constexpr std::size_t kGiveBack = 16 << 10;  // bytes

Result not_copied(const char* what) {
  const std::string reason = std::strerror(errno);
  return {
      .bytes = 0, .failed = true, .message = std::string("cannot copy the task's ") + what + ": " + reason};
}

Bytes message_of(const Result& result) {
  return std::as_bytes(std::span(result.message)).first(std::min(result.message.size(), kLongestMessage));
}

}  // namespace

void ResultWriter::publish() {
  if (held_tag_ == 0) return;
  link_.results.word(held_at_).store(held_tag_, std::memory_order_seq_cst);
  held_tag_ = 0;
  held_ = 0;
  link_.caller.wake();
}

void ResultWriter::wait_for_room(std::uint64_t end) {
  if (space_.reaches(end)) return;
  publish();
  wait_until(link_, [&] { return space_.reaches(end); });
}

void ResultWriter::add(std::size_t task, const Result& result, std::uint64_t body, std::uint64_t flags) {
  const Ring& ring = link_.results;
  const auto length = result.failed ? message_of(result).size() : result.bytes;
  const auto next = round_up((flags & kInMemory) != 0 ? body : body + length, sizeof(std::uint64_t));
  ring.put(at_ + 8, task);
  ring.put(next, 0);
  const auto word = tag(length, flags | kWhole | (result.failed ? kFailed : 0));
  if (held_tag_ == 0) {
    held_at_ = at_;
    held_tag_ = word;
  } else {
    ring.word(at_).store(word, std::memory_order_release);
  }
  at_ = next;
  if (++held_ == kHeldResults || at_ - held_at_ >= kHeldBytes) publish();
}

void ResultWriter::add_failure(std::size_t task, const Result& result, std::size_t capacity) {
  const auto message = message_of(result);
  const auto body = align(at_ + kHeader, capacity);
  wait_for_room(body + message.size());
  if (!message.empty()) std::memcpy(link_.results.at(body), message.data(), message.size());
  add(task, result, body, 0);
}

void ResultWriter::run(Executor& executor, std::size_t task, Bytes input, std::size_t capacity) {
  const Ring& ring = link_.results;
  if (capacity > ring.largest_in_place()) {
    const auto output = buffer_.first(capacity);
    const auto result = executor.run(task, input, output);
    if (result.failed) return add_failure(task, result, capacity);
    return stream(task, output.first(result.bytes), capacity);
  }
  const auto body = align(at_ + kHeader, capacity);
  wait_for_room(body + capacity);
  // A small one is not aligned in the ring.
  const auto output = capacity <= kSmall ? buffer_.first(capacity) : MutableBytes{ring.at(body), capacity};
  const auto result = executor.run(task, input, output);
  if (result.failed) return add_failure(task, result, capacity);
  if (capacity <= kSmall && result.bytes != 0) std::memcpy(ring.at(body), output.data(), result.bytes);
  add(task, result, body, 0);
}

void ResultWriter::run(Executor& executor, std::size_t task, Bytes input, MutableBytes output) {
  const auto result = executor.run(task, input, output);
  if (result.failed) return add_failure(task, result, output.size());
  wait_for_room(at_ + kHeader);
  add(task, result, at_ + kHeader, kInMemory);
}

void ResultWriter::run(Executor& executor, std::size_t task, const AttachedMemory& caller,
                       const Remote& remote) {
  const auto input = input_.first(remote.input_size);
  const auto output = buffer_.first(remote.capacity);
  if (!caller.read(remote.input, input)) return add_failure(task, not_copied("input"), remote.capacity);
  const auto result = executor.run(task, input, output);
  if (result.failed) return add_failure(task, result, remote.capacity);
  if (!caller.write(output.first(result.bytes), remote.output))
    return add_failure(task, not_copied("output"), remote.capacity);
  wait_for_room(at_ + kHeader);
  add(task, result, at_ + kHeader, kInMemory | kAttached);
}

void ResultWriter::stream(std::size_t task, Bytes output, std::size_t capacity) {
  const Ring& ring = link_.results;
  if (output.empty()) return add(task, {}, align(at_ + kHeader, capacity), 0);
  publish();
  const auto header = at_;
  wait_for_room(at_ = align(at_ + kHeader, capacity));
  ring.put(header + 8, task);
  auto& produced = ring.control().produced;
  produced.store(at_, std::memory_order_relaxed);
  ring.word(header).store(tag(output.size(), 0), std::memory_order_seq_cst);
  for (std::size_t sent = 0; sent != output.size();) {
    const auto bytes = std::min(output.size() - sent, kPiece);
    wait_for_room(at_ + bytes);
    std::memcpy(ring.at(at_), output.data() + sent, bytes);
    sent += bytes;
    at_ += bytes;
    if (sent == output.size()) ring.put(round_up(at_, sizeof(std::uint64_t)), 0);
    produced.store(at_, std::memory_order_seq_cst);
    link_.caller.wake();
  }
  at_ = round_up(at_, sizeof(std::uint64_t));
}

bool ResultReader::waiting() const {
  if (!open_) return link_.results.word(at_).load(std::memory_order_seq_cst) != 0;
  return link_.results.control().produced.load(std::memory_order_seq_cst) > at_;
}

bool ResultReader::open(unsigned worker, Inbox& inbox, std::uint64_t tag) {
  task_ = link_.results.get(at_ + 8);
  const auto slot = inbox.slot(worker, task_);
  if (!slot) return false;
  const auto length = number(tag);
  const bool in_memory = (tag & kInMemory) != 0;
  result_.failed = (tag & kFailed) != 0;
  if (length > (result_.failed ? kLongestMessage : slot->size())) return false;
  result_.bytes = result_.failed ? 0 : length;
  result_.message.resize(result_.failed ? length : 0);
  body_ = result_.failed ? std::as_writable_bytes(std::span(result_.message)) : slot->first(length);
  if (in_memory) body_ = {};
  at_ += kHeader;
  if (!in_memory) at_ = align(at_, slot->size());
  bytes_ += kHeader + ((tag & kAttached) != 0 ? length : 0);
  whole_ = (tag & kWhole) != 0;
  open_ = true;
  return true;
}

bool ResultReader::fill() {
  while (!body_.empty()) {
    auto bytes = body_.size();
    if (!whole_) {
      const auto produced = link_.results.control().produced.load(std::memory_order_acquire);
      bytes = std::min<std::size_t>({bytes, produced - at_, kPiece});
      if (bytes == 0) return false;
    }
    std::memcpy(body_.data(), link_.results.at(at_), bytes);
    body_ = body_.subspan(bytes);
    at_ += bytes;
    bytes_ += bytes;
    if (!whole_) give_back();
  }
  at_ = round_up(at_, sizeof(std::uint64_t));
  return true;
}

void ResultReader::give_back() {
  if (given_back_ == at_) return;
  given_back_ = at_;
  link_.results.control().consumed.store(at_, std::memory_order_seq_cst);
  link_.control.worker.wake();
}

bool ResultReader::receive(unsigned worker, Inbox& inbox) {
  while (true) {
    if (!open_) {
      const auto tag = link_.results.word(at_).load(std::memory_order_acquire);
      if (tag == 0) break;
      if (!open(worker, inbox, tag)) return false;
    }
    if (!fill()) break;
    open_ = false;
    // The rest may lie there: what the writer waits for is at most half the ring.
    if (at_ - given_back_ >= std::min(kGiveBack, link_.results.capacity() / 4)) give_back();
    inbox.deliver(worker, task_, result_);
  }
  return true;
}

}  // namespace breakeven::fork_pool::ring
