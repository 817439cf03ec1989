// What the tests that look at memory share.
#pragma once

#include <sys/resource.h>

namespace breakeven::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kOwnsItsMemory = false;  // a sanitizer keeps what was freed, and shadows of all
#else
inline constexpr bool kOwnsItsMemory = true;
#endif

// The most that was resident, of this process or (RUSAGE_CHILDREN) of the largest that it has reaped.
inline long peak_kibibytes(int who = RUSAGE_SELF) {
  rusage usage{};
  ::getrusage(who, &usage);
  return usage.ru_maxrss;
}

}  // namespace breakeven::test
