// A number below `workers` for each thread that a foreign pool runs tasks on, where the pool gives none.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "backends/backend.h"
#include "backends/platform/threads.h"

namespace breakeven {

// Thread-safe. A thread keeps its seat as long as it lives; the pool must not have more threads than seats.
class Seats {
 public:
  unsigned mine() {
    thread_local Seat seat;
    if (seat.table != number_) seat = take();
    return seat.index;
  }

  // All but the thread that asks.
  std::vector<WorkerId> others() const {
    const std::lock_guard lock(mutex_);
    std::vector<WorkerId> ids;
    for (const pid_t id : taken_) {
      if (id != kernel_thread_id()) ids.push_back({WorkerId::Kind::kThread, id});
    }
    return ids;
  }

  std::size_t taken() const {
    const std::lock_guard lock(mutex_);
    return taken_.size();
  }

 private:
  struct Seat {
    std::uint64_t table = 0;
    unsigned index = 0;
  };

  Seat take() {
    const std::lock_guard lock(mutex_);
    taken_.push_back(kernel_thread_id());
    return {number_, static_cast<unsigned>(taken_.size() - 1)};
  }

  static std::uint64_t next_number() {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
  }

  const std::uint64_t number_ = next_number();  // never used again, unlike an address
  mutable std::mutex mutex_;
  std::vector<pid_t> taken_;
};

}  // namespace breakeven
