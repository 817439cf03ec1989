// The threads that use a pool: its own, and every outside thread that submits to it. Each has a ring of tasks
// and the private notes of a worker.
//
// An outside thread becomes a member when it first needs to be one, and stops being one when it ends; its
// place, with tasks that may still lie there, goes to the next that comes. Places are never taken away while
// the pool lives, so thieves walk the list without a lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/thread_pool/open_loop.h"
#include "backends/thread_pool/sleepers.h"
#include "backends/thread_pool/task_ring.h"

namespace breakeven {

class TaskGroup;

struct Member {
  explicit Member(unsigned worker_index) : index(worker_index) {}

  TaskRing ring;
  OpenLoops loops;
  Sleeper sleeper;

  // From here on the thread's own. (Of a place: whose it is at the time, through the mutex of Members.)
  alignas(128) const unsigned index;  // 1 .. workers - 1: a thread of the pool; 0: any other
  unsigned depth = 0;                 // of tasks run inside submit(), since the ring was full
  // Tasks of another thread's group that were run here and not yet told to the group.
  TaskGroup* tally_group = nullptr;
  std::size_t tally = 0;

  struct Thief {
    const Member* watched = nullptr;   // whose few tasks were left alone at the last look
    TaskRing::Position position;       // as it was then
    OpenLoop::Sighting loop;           // the last loop that was seen open
    std::chrono::nanoseconds rest{0};  // after a loot that was not worth its way
    std::chrono::steady_clock::time_point rests_until;
  } thief;

  alignas(128) std::atomic<pid_t> thread_id = 0;  // of the pool's threads, once they have begun
  std::atomic<Member*> next = nullptr;            // set once, released
  bool taken = true;                              // under the mutex of Members
};

class Members {
 public:
  explicit Members(unsigned workers);  // places for the pool's own threads, workers - 1
  ~Members();
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  Member* first() const noexcept { return head_.load(std::memory_order_acquire); }
  Member& own_thread(unsigned index);  // 1 .. workers - 1

  Member& join();  // a place for an outside thread
  void leave(Member& member);

 private:
  Member& append(unsigned index);

  std::atomic<Member*> head_ = nullptr;
  std::mutex mutex_;
  Member* last_ = nullptr;  // under mutex_
};

// Which place the calling thread has in which pool. Pools are told apart by a number that is never used
// again.
struct Membership {
  std::uint64_t pool = 0;
  Member* member = nullptr;
};
inline constinit thread_local Membership own_pool;      // whose thread this is
inline constinit thread_local Membership visited_pool;  // the last to which it came as an outside thread

std::uint64_t new_pool_number();
Member& visit(std::uint64_t pool, const std::shared_ptr<Members>& members);  // and notes it in visited_pool

}  // namespace breakeven
