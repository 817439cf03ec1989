// A ring of records in shared memory, from one writer to one reader, each in a process (or thread)
// of its own.
//
// A record begins with its tag, a word that is 0 until the record is complete: the reader polls it, so a
// small message crosses with the one cache line that it fills. Positions count bytes since the beginning
// and never wrap.
//
// Invariants: consumed <= the reader's position <= the writer's position <= consumed + capacity; what
// the writer may overwrite the reader has given back; and the word at the writer's position is 0 before
// the record in front of it is seen, so a reader that has read all finds 0. Ordering: a tag, or
// `produced` for a record that was announced before it was whole, is stored with release or stronger
// after the bytes that it announces and loaded with acquire or stronger before they are read; `consumed`
// likewise after the bytes were read and before they are overwritten. They are seq_cst where the other
// side may be asleep (event_count.h).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "backends/contract/bytes.h"

namespace breakeven::fork_pool::ring {

struct alignas(kFalseSharingRange) Control {
  std::atomic<std::uint64_t> produced = 0;                              // by the writer
  alignas(kFalseSharingRange) std::atomic<std::uint64_t> consumed = 0;  // by the reader
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// A tag is a number and flags; kValid makes it differ from 0.
constexpr std::uint64_t kValid = 1;
constexpr std::uint64_t kWhole = 2;      // every byte of the record is written: no need to look at `produced`
constexpr std::uint64_t kFailed = 4;     // of a result: the body is the message
constexpr std::uint64_t kInMemory = 8;   // the payload is not in the record but in memory
constexpr std::uint64_t kAttached = 16;  // ... of the caller alone, which the worker attaches to (attach.h)
constexpr unsigned kFlagBits = 5;
constexpr std::uint64_t tag(std::uint64_t number, std::uint64_t flags) {
  return number << kFlagBits | flags | kValid;
}
constexpr std::uint64_t number(std::uint64_t tag) { return tag >> kFlagBits; }

// A payload up to this size follows its header closely; a larger one begins on a line of its own, so that a
// function can work on it in place.
constexpr std::size_t kSmall = 512;
// Larger payload is copied in pieces of this size, so that both sides copy at the same time.
constexpr std::size_t kPiece = 32 << 10;
constexpr std::size_t kLongestMessage = 4096;  // of a failure

constexpr std::uint64_t align(std::uint64_t position, std::size_t payload) {
  return round_up(position, payload <= kSmall ? sizeof(std::uint64_t) : kCacheLine);
}

class Ring {
 public:
  // `data`: 2 * capacity bytes, the second half another view of the first.
  Ring(std::byte* data, std::size_t capacity, Control& control)
      : data_(data), capacity_(capacity), control_(&control) {}

  std::size_t capacity() const { return capacity_; }
  Control& control() const { return *control_; }
  std::byte* at(std::uint64_t position) const { return data_ + (position & (capacity_ - 1)); }
  std::atomic_ref<std::uint64_t> word(std::uint64_t position) const {
    return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(at(position)));
  }
  // Headers are read and written through this, since the next to use their place may see them as a tag.
  void put(std::uint64_t position, std::uint64_t value) const {
    word(position).store(value, std::memory_order_relaxed);
  }
  std::uint64_t get(std::uint64_t position) const { return word(position).load(std::memory_order_relaxed); }

  // What is at most this large travels as a whole and is worked on in place; two of them fit.
  std::size_t largest_in_place() const { return capacity_ / 2 - 4 * kCacheLine; }

 private:
  std::byte* data_;
  std::size_t capacity_;
  Control* control_;
};

// How far the writer may write, as far as it knows.
class FreeSpace {
 public:
  explicit FreeSpace(const Ring& ring) : ring_(ring), limit_(ring.capacity()) {}

  // Whether bytes up to `end`, a line to round it up and the next tag fit.
  bool reaches(std::uint64_t end) {
    if (end + kSlack <= limit_) return true;
    limit_ = ring_.control().consumed.load(std::memory_order_seq_cst) + ring_.capacity();
    return end + kSlack <= limit_;
  }

  // The same without asking the reader, so that no line is taken from it.
  bool surely_reaches(std::uint64_t end) const { return end + kSlack <= limit_; }

 private:
  static constexpr std::size_t kSlack = kCacheLine + sizeof(std::uint64_t);

  Ring ring_;
  std::uint64_t limit_;
};

}  // namespace breakeven::fork_pool::ring
