// The most that the descendants of this process held in memory over a time.
#pragma once

#include <cstdint>
#include <thread>

namespace breakeven {

// Looks from a thread of its own, every millisecond or as often as reading takes: a peak between two looks is not seen,
// and what is watched is disturbed. Used by one thread, and by one at a time in a process.
class MemoryWatch {
 public:
  MemoryWatch();

  // Ends the watch. Proportional set size, in bytes; 0 where nothing was seen, or where the kernel does not tell.
  std::uint64_t peak_pss_bytes();

 private:
  std::uint64_t peak_ = 0;  // the thread's until it is joined
  std::jthread thread_;     // last: ends before what it writes to
};

}  // namespace breakeven
