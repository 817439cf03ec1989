// Which loops of a thread were over too soon for a thread to be woken for them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "backends/thread_pool/loop.h"

namespace breakeven {

// Of one thread, not thread-safe. A loop is known by its body (each lambda has a function of its own) and its count; what
// is remembered is a few of them, the last time of each. A guess: whoever trusts it looks at the clock meanwhile.
class LoopMemory {
 public:
  // Less work than this is done before a thread that is woken for it has begun: waking costs some 5 us here and 20 there.
  static constexpr std::chrono::nanoseconds kShort{5'000};

  bool was_short(Loop::Body body, std::size_t count) const noexcept {
    const Entry& entry = entries_[place(body, count)];
    return entry.body == body && entry.count == count && entry.is_short;
  }

  // `work`: of all participants together.
  void note(Loop::Body body, std::size_t count, std::chrono::nanoseconds work) noexcept {
    entries_[place(body, count)] = {body, count, work < kShort};
  }

 private:
  struct Entry {
    Loop::Body body = nullptr;
    std::size_t count = 0;
    bool is_short = false;
  };
  static constexpr std::size_t kEntries = 16;

  // Fibonacci hashing: D. E. Knuth, The Art of Computer Programming 3, section 6.4.
  static std::size_t place(Loop::Body body, std::size_t count) noexcept {
    const auto key = reinterpret_cast<std::uintptr_t>(body) ^ (std::uint64_t{count} << 7);
    return (key * 0x9E3779B97F4A7C15U) >> 60;
  }

  std::array<Entry, kEntries> entries_{};
};

}  // namespace breakeven
