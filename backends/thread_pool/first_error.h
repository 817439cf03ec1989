// The first exception of several threads that work on one thing.
#pragma once

#include <atomic>
#include <exception>
#include <utility>

namespace breakeven {

// Any thread may call keep(). One thread calls rethrow(), after all of them have released that they are done.
class FirstError {
 public:
  // In a catch block.
  void keep() noexcept {
    // Relaxed: the exchange only picks one; error_ is published by what that thread releases afterwards.
    if (!claimed_.exchange(true, std::memory_order_relaxed)) error_ = std::current_exception();
  }

  void rethrow() {
    if (!claimed_.load(std::memory_order_relaxed)) [[likely]]
      return;
    claimed_.store(false, std::memory_order_relaxed);
    std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  std::atomic<bool> claimed_ = false;
  std::exception_ptr error_;
};

}  // namespace breakeven
