// Waiting without giving up the core.
#pragma once

#include <chrono>

namespace breakeven {

// Tells the core that this is a spin: it leaves its sibling the pipeline and skips the mis-speculated exit.
inline void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins for about `time`, or until `done()`; returns its last answer. Only for waits that are likely to be
// shorter than a futex wake-up (2-10 us), and only where no runnable thread lacks a core: a spinner in its
// place costs a scheduler tick of 4-8 ms.
template <class Predicate>
bool spin_until(Predicate done, std::chrono::nanoseconds time) {
  constexpr int kPollsPerReadingOfTheClock = 4;  // a reading costs 20 ns, a pause about as much
  const auto end = std::chrono::steady_clock::now() + time;
  do {
    for (int i = 0; i < kPollsPerReadingOfTheClock; ++i) {
      if (done()) return true;
      cpu_pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

}  // namespace breakeven
