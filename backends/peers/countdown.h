// How a caller learns that all of its tasks are through, under pools that have no groups.
#pragma once

#include <atomic>
#include <cstdint>

namespace breakeven {

// One counter for all tasks. It must outlive the pool's threads: one may still look at it, or wake the caller with it, when
// the caller has gone on, so on the caller's stack a late thread would wait for what stands there by then.
class Countdown {
 public:
  void begin(std::size_t tasks) noexcept {  // published by handing over the tasks
    left_.store(static_cast<std::uint32_t>(tasks), std::memory_order_relaxed);
  }
  void one_done() noexcept {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
  }
  void wait() const noexcept {
    for (auto left = left_.load(std::memory_order_acquire); left != 0;) {
      left_.wait(left, std::memory_order_acquire);
      left = left_.load(std::memory_order_acquire);
    }
  }

 private:
  // Of the futex's own size: a larger one would wait through the library's table of proxies.
  alignas(128) std::atomic<std::uint32_t> left_ = 0;
};

}  // namespace breakeven
