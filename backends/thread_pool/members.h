// The threads that use a pool: its own, and every outside thread that submits to it. Each has a ring of tasks
// and the private state of a worker.
//
// An outside thread becomes a member when it first needs to be one, and stops being one when it ends; the
// next outside thread gets its place, with tasks that may still lie there. Places are never removed while the
// pool lives, so thieves walk the list without a lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/thread_pool/loop_memory.h"
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

  // From here on only the member's thread writes, and reads but for the counts. (A place changes threads under the
  // mutex of Members.)
  alignas(128) const unsigned index;  // 1 .. workers - 1: a thread of the pool; 0: any other
  unsigned depth = 0;                 // of tasks run inside submit(), since the ring was full
  // Tasks without a group: those that this member posted, and those that it ran. Both only grow, others read them
  // (ThreadPool::wait_all()).
  std::atomic<std::size_t> posted = 0, completed = 0;
  // Tasks of another thread's group that were run here and are not yet counted in the group.
  TaskGroup* tally_group = nullptr;
  std::size_t tally = 0;
  LoopMemory loop_memory;
  std::atomic<std::uint64_t> steals = 0, joins = 0;  // attempts, and loops of others (ThreadPool::counts())

  struct Thief {
    const Member* watched = nullptr;  // the member whose few tasks were left alone at the last look
    TaskRing::Position position;      // as it was then
    OpenLoop::Opening loop;           // the last loop that was seen open
    std::chrono::steady_clock::time_point loop_seen;  // when first
    std::chrono::nanoseconds backoff{0};              // after a steal that took longer than its tasks
    std::chrono::steady_clock::time_point backoff_until;
    int leave = -1;  // the CPU to leave where there is more than one task: its waker may be at work there
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

// Adds one to a count that only the calling thread writes.
inline void count_one(std::atomic<std::uint64_t>& own) noexcept {
  own.store(own.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// Which place the calling thread has in which pool. A pool's number is never used again, unlike its address.
struct Membership {
  std::uint64_t pool = 0;
  Member* member = nullptr;
};
inline constinit thread_local Membership own_pool;      // the pool that made this thread
inline constinit thread_local Membership visited_pool;  // the last that it used as an outside thread

std::uint64_t new_pool_number();
Member& visit(std::uint64_t pool, const std::shared_ptr<Members>& members);  // and notes it in visited_pool

}  // namespace breakeven
