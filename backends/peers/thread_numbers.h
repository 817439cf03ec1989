// A number below `workers` for each thread that a foreign pool runs tasks on, where the pool gives none.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <mutex>
#include <optional>
#include <vector>

#include "backends/backend.h"
#include "backends/platform/threads.h"

namespace breakeven {

// Thread-safe. A thread keeps its number as long as it lives.
class ThreadNumbers {
 public:
  unsigned mine() {
    thread_local Place place;
    if (place.table != number_) place = take();
    return place.index;
  }

  // Every thread of a pool of `threads` takes its number: none can take two, since each waits for the others and for the
  // caller. `post(task)` gives the pool a task. Once.
  template <class Post>
  void take_all(unsigned threads, Post post) {
    all_.emplace(static_cast<std::ptrdiff_t>(threads) + 1);
    for (unsigned i = 0; i < threads; ++i) {
      post([this] {
        mine();
        all_->arrive_and_wait();
      });
    }
    all_->arrive_and_wait();
  }

  // All but the calling thread.
  std::vector<WorkerId> others() const {
    const std::lock_guard lock(mutex_);
    std::vector<WorkerId> ids;
    for (const pid_t id : taken_) {
      if (id != kernel_thread_id()) ids.push_back({WorkerId::Kind::kThread, id});
    }
    return ids;
  }

  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return taken_.size();
  }

 private:
  struct Place {
    std::uint64_t table = 0;
    unsigned index = 0;
  };

  Place take() {
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
  std::optional<std::latch>
      all_;  // as long as the threads, which may still look at it when the caller has gone on
};

}  // namespace breakeven
