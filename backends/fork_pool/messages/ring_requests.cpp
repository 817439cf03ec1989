#include "backends/fork_pool/messages/ring_requests.h"

#include <bit>
#include <cstring>

namespace breakeven::fork_pool::ring {
namespace {

// In words: the tag with the number of tasks, the first task, the sizes; then where the payload is in memory.
constexpr std::size_t kHeader = 4 * sizeof(std::uint64_t);
constexpr std::size_t kHeaderInMemory = kHeader + 4 * sizeof(std::uint64_t);
constexpr std::size_t kRemembered = 16;  // messages; then the claimed ones are forgotten
constexpr std::size_t kGiveBack = 4096;  // bytes: not a shared write for each small input

// Addresses cross as words.
template <class Pointer>
std::uint64_t address(Pointer pointer) {
  return std::bit_cast<std::uint64_t>(pointer);
}
template <class Pointer>
Pointer pointer(std::uint64_t address) {
  return std::bit_cast<Pointer>(address);
}

}  // namespace

std::size_t RequestWriter::unit() const {
  return input_size_ <= link_.requests.largest_in_place() ? input_size_
                                                          : std::min(input_size_ - within_, kPiece);
}

std::uint64_t RequestWriter::body() const { return within_ == 0 ? align(body_, input_size_) : body_; }

void RequestWriter::begin(const TaskSet& tasks, Chunk chunk, const std::optional<Layout>& in_memory,
                          bool attached) {
  const Ring& ring = link_.requests;
  if (posted_.size() >= kRemembered) {
    const auto claimed = link_.control.claimed.load(std::memory_order_relaxed);
    while (!posted_.empty() && posted_.front().at < claimed) posted_.pop_front();
  }
  posted_.push_back({chunk, at_, bytes_});
  tasks_ = &tasks;
  input_size_ = message_input_size(tasks, chunk);
  within_ = 0;
  const bool carried = !in_memory || in_memory->inputs == nullptr;
  end_ = chunk.first + chunk.count;
  next_ = carried && input_size_ != 0 ? chunk.first : end_;
  ring.put(at_ + 8, chunk.first);
  ring.put(at_ + 16, input_size_);
  ring.put(at_ + 24, tasks.output_capacity());
  body_ = at_ + kHeader;
  if (in_memory) {
    ring.put(at_ + 32, address(in_memory->inputs));
    ring.put(at_ + 40, in_memory->input_stride);
    ring.put(at_ + 48, address(in_memory->outputs));
    ring.put(at_ + 56, in_memory->output_stride);
    body_ = at_ + kHeaderInMemory;
  }
  bytes_ += body_ - at_;
  if (attached) bytes_ += chunk.count * input_size_;
  const auto begin = at_;
  const auto flags = (in_memory ? kInMemory : 0) | (attached ? kAttached : 0);
  // A worker can begin with the first of several large inputs while the others are on their way.
  const bool early = next_ != end_ && chunk.count * input_size_ > kPiece &&
                     (chunk.count > 1 || input_size_ > ring.largest_in_place());
  if (early || !write()) {
    ring.control().produced.store(body_, std::memory_order_relaxed);
    publish(begin, tag(chunk.count, flags));
    if (early) go_on();
    return;
  }
  finish();
  publish(begin, tag(chunk.count, flags | kWhole));
  clear_ahead();
}

void RequestWriter::publish(std::uint64_t begin, std::uint64_t tag) {
  link_.requests.word(begin).store(tag, std::memory_order_seq_cst);
  link_.control.worker.wake();
}

// The next messages' lines, while their reader has something to do: to take a line from its cache in front of a tag would
// keep that from being seen.
void RequestWriter::clear_ahead() {
  constexpr std::size_t kAhead = 2 * kCacheLine;
  for (; cleared_ <= at_ + kAhead && space_.surely_reaches(cleared_); cleared_ += kCacheLine)
    link_.requests.put(cleared_, 0);
}

bool RequestWriter::write() {
  const auto begin = body_;
  while (next_ != end_) {
    if (!fits()) return false;
    const auto bytes = unit();
    const auto to = body();
    std::memcpy(link_.requests.at(to), tasks_->input(next_).data() + within_, bytes);
    bytes_ += bytes;
    body_ = to + bytes;
    within_ += bytes;
    if (within_ == input_size_) {
      within_ = 0;
      ++next_;
    }
    if (body_ - begin >= kPiece && next_ != end_) return false;  // the other side can begin with it
  }
  return true;
}

void RequestWriter::finish() {
  at_ = round_up(body_, kCacheLine);
  if (at_ < cleared_) return;
  link_.requests.put(at_, 0);
  cleared_ = at_ + kCacheLine;
}

void RequestWriter::go_on() {
  while (can_go_on()) {
    if (write()) finish();
    link_.requests.control().produced.store(body_, std::memory_order_seq_cst);
    link_.control.worker.wake();
  }
}

std::optional<Chunk> RequestWriter::take_back() {
  if (posted_.empty()) return std::nullopt;
  const auto newest = posted_.back();
  if (link_.control.claimed.load(std::memory_order_relaxed) > newest.at) return std::nullopt;
  const auto word = link_.requests.word(newest.at);
  const auto before = word.exchange(0, std::memory_order_seq_cst);
  if (link_.control.claimed.load(std::memory_order_seq_cst) > newest.at) {
    // Where the worker has read it and gone on, this word is unused space.
    word.store(before, std::memory_order_seq_cst);
    link_.control.worker.wake();
    posted_.clear();
    return std::nullopt;
  }
  posted_.pop_back();
  at_ = newest.at;
  cleared_ = at_ + kCacheLine;  // behind that lies what the message held
  next_ = end_ = 0;
  bytes_ = newest.bytes;
  return newest.chunk;
}

void RequestReader::give_back() {
  if (given_back_ == at_) return;
  given_back_ = at_;
  link_.requests.control().consumed.store(at_, std::memory_order_seq_cst);
  if (link_.control.room_wanted.load(std::memory_order_seq_cst)) link_.caller.wake();
}

void RequestReader::wait_for(std::uint64_t end) {
  if (whole_) return;
  const auto& produced = link_.requests.control().produced;
  if (produced.load(std::memory_order_acquire) >= end) return;
  give_back();
  wait_until(link_, [&] { return produced.load(std::memory_order_seq_cst) >= end; });
}

Message RequestReader::next() {
  const Ring& ring = link_.requests;
  at_ = round_up(at_, kCacheLine);
  give_back();
  const auto word = ring.word(at_);
  std::uint64_t claimed = 0;
  while (claimed == 0) {
    wait_until(link_, [&] { return word.load(std::memory_order_seq_cst) != 0; });
    link_.control.claimed.store(at_ + 1, std::memory_order_seq_cst);
    claimed = word.load(std::memory_order_seq_cst);
    if (claimed == 0) link_.control.claimed.store(at_, std::memory_order_seq_cst);  // it was taken back
  }
  whole_ = (claimed & kWhole) != 0;
  Message message{.first = ring.get(at_ + 8),
                  .count = number(claimed),
                  .input_size = ring.get(at_ + 16),
                  .output_capacity = ring.get(at_ + 24),
                  .in_memory = {},
                  .attached = (claimed & kAttached) != 0};
  if ((claimed & kInMemory) != 0) {
    message.in_memory = Layout{pointer<const std::byte*>(ring.get(at_ + 32)), ring.get(at_ + 40),
                               pointer<std::byte*>(ring.get(at_ + 48)), ring.get(at_ + 56), 0};
  }
  at_ += message.in_memory ? kHeaderInMemory : kHeader;
  return message;
}

Bytes RequestReader::input(std::size_t size) {
  if (size == 0) return {};
  at_ = align(at_, size);
  if (size > link_.requests.largest_in_place()) return copied(size);
  wait_for(at_ + size);
  const Bytes here{link_.requests.at(at_), size};
  at_ += size;
  if (size > kSmall) return here;
  const auto copy = buffer_.first(size);  // since it is not aligned
  std::memcpy(copy.data(), here.data(), size);
  return copy;
}

Bytes RequestReader::copied(std::size_t size) {
  const auto into = buffer_.first(size);
  for (std::size_t got = 0; got != size;) {
    const auto bytes = std::min(size - got, kPiece);
    wait_for(at_ + bytes);
    std::memcpy(into.data() + got, link_.requests.at(at_), bytes);
    got += bytes;
    at_ += bytes;
    give_back();
  }
  return into;
}

void RequestReader::done() {
  if (at_ - given_back_ >= kGiveBack) give_back();
}

}  // namespace breakeven::fork_pool::ring
