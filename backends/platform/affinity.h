// The CPUs that this process may run on, and which of them a thread is on. Linux, with a portable answer
// for the first.
#pragma once

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <thread>

namespace breakeven {

// Cores this process may run on; at least 1. A container's or taskset's mask counts, not the machine's size.
inline unsigned available_cores() {
  cpu_set_t mask;  // a machine beyond 1024 cores refuses it: then the library's figure stands
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) return static_cast<unsigned>(CPU_COUNT(&mask));
  return std::max(1U, std::thread::hardware_concurrency());
}

// The CPU that the calling thread is on: a hint, since it may be moved at any time. Some ns.
inline int current_cpu() noexcept { return ::sched_getcpu(); }

// Moves the calling thread off `cpu`, if it is there and may run elsewhere. Meant for a thread that was woken
// by one that goes on working: where CPUs share no cache the kernel often puts the woken one on its waker's
// CPU, beside an idle one, and leaves both there for tens of ms. Two system calls where it moves. Nobody else
// may bind the thread at the same time, since its mask is replaced and then restored.
inline void leave_cpu(int cpu) noexcept {
  cpu_set_t mask;
  if (cpu < 0 || cpu >= CPU_SETSIZE || current_cpu() != cpu) return;
  const auto bit = static_cast<std::size_t>(cpu);
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0 || !CPU_ISSET(bit, &mask) || CPU_COUNT(&mask) < 2)
    return;
  cpu_set_t others = mask;
  CPU_CLR(bit, &others);
  if (::sched_setaffinity(0, sizeof others, &others) == 0) ::sched_setaffinity(0, sizeof mask, &mask);
}

}  // namespace breakeven
