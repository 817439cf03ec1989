// The few things that a thread runtime needs and the C++ library lacks: this process's cores, the CPU's
// pause, the kernel's thread id. All that is Linux-only about the threads is here.
#pragma once

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace breakeven {

// Cores this process may run on; at least 1. A container's or taskset's mask counts, not the machine's size.
inline unsigned available_cores() {
  cpu_set_t mask;  // a machine beyond 1024 cores refuses it: then the library's figure stands
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) return static_cast<unsigned>(CPU_COUNT(&mask));
  return std::max(1U, std::thread::hardware_concurrency());
}

inline pid_t kernel_thread_id() { return ::gettid(); }

// std::thread whose failure says what to do.
template <class Work>
std::thread start_thread(Work&& work) {
  try {
    return std::thread(std::forward<Work>(work));
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(),
                            "cannot make another thread; use fewer workers, or raise the limit of "
                            "threads (ulimit -u, cgroup pids.max) or of memory");
  }
}

// Tells the core that this is a spin: it leaves its sibling the pipeline and skips the mis-speculated exit.
inline void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins until `done()` or until `limit` is over; returns the last answer of `done`. Only for waits that are
// likely to be shorter than a futex wake-up (2-10 us), and only where no runnable thread lacks a core: a
// spinner in its place costs a scheduler tick of 4-8 ms.
template <class Predicate>
bool spin_until(Predicate done, std::chrono::nanoseconds limit) {
  constexpr int kPollsPerReadingOfTheClock = 32;  // which costs 20 ns
  const auto end = std::chrono::steady_clock::now() + limit;
  do {
    for (int i = 0; i < kPollsPerReadingOfTheClock; ++i) {
      if (done()) return true;
      cpu_pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

}  // namespace breakeven
