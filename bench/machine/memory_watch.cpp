#include "bench/machine/memory_watch.h"

#include <signal.h>

#include <algorithm>
#include <chrono>

#include "bench/machine/held_memory.h"

namespace breakeven {

MemoryWatch::MemoryWatch() {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all,
                    &before);  // signals are the business of the thread that waits for the sample
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      peak_ = std::max(peak_, held_by_descendants().pss_bytes);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::uint64_t MemoryWatch::peak_pss_bytes() {
  thread_.request_stop();
  thread_.join();
  return peak_;
}

}  // namespace breakeven
