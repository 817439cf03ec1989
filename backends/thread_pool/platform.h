// The few things that a thread runtime needs and the C++ library lacks: this process's cores, the CPU's
// pause, the kernel's thread id, futexes, a barrier in every thread. All that is Linux-only about the threads
// is here.
#pragma once

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
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

// Blocks while `word` holds `expected`; may also return without a reason.
inline void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

// Wakes the thread that waits there. The word need only be mapped, not alive.
inline void futex_wake_one(const std::atomic<std::uint32_t>& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

// Whether process_barrier() works here (Linux 4.14 and newer, not under every seccomp filter). Thread-safe.
inline bool register_process_barrier() noexcept {
  static const bool registered =
      ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered;
}

// A full memory barrier in every running thread of this process, through an interrupt: 65 ns where no other
// is running, 0.6 to 1.8 us where one is.
inline void process_barrier() noexcept { ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0); }

// The CPU that the calling thread is on: a hint, it may be moved at any time. Some ns.
inline int current_cpu() noexcept { return ::sched_getcpu(); }

// Moves the calling thread off `cpu`, if it is there and may run elsewhere. For whoever was woken by a thread
// that goes on working: where CPUs share no cache the kernel often puts the woken one on its waker's CPU,
// beside an idle one, and leaves both there for tens of ms. Two system calls where it moves. It must not be
// bound by others at the same time, since its mask is taken away and given back.
inline void leave_cpu(int cpu) noexcept {
  cpu_set_t mask;
  if (cpu < 0 || cpu >= CPU_SETSIZE || current_cpu() != cpu) return;
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0 || !CPU_ISSET(cpu, &mask) || CPU_COUNT(&mask) < 2)
    return;
  cpu_set_t others = mask;
  CPU_CLR(cpu, &others);
  if (::sched_setaffinity(0, sizeof others, &others) == 0) ::sched_setaffinity(0, sizeof mask, &mask);
}

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
