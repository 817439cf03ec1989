// What a thread runtime needs of the kernel and the C++ library lacks: thread ids, and a failure that helps.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <system_error>
#include <thread>
#include <utility>

namespace breakeven {

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

}  // namespace breakeven
