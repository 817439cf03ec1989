// A full memory barrier in every running thread of this process, by membarrier(2). Linux.
#pragma once

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace breakeven {

// Whether process_barrier() works here (Linux 4.14 and newer, not under every seccomp filter). Thread-safe.
inline bool register_process_barrier() noexcept {
  static const bool registered =
      ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered;
}

// Through an interrupt: 65 ns where no other thread is running, 0.6 to 1.8 us where one is.
inline void process_barrier() noexcept { ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0); }

}  // namespace breakeven
