// Queues with locks, work stealing, and sleep without lost wake-ups.
//
// Invariants
// 1. A task is in exactly one queue, or in the hands of one thread that is running it or moving it to its
// queue.
// 2. Whoever puts a task into a queue then looks at sleepers_, and wakes one thread if there is any. A thread
//    that wants to sleep enters sleeping_ first, then looks into every queue under its lock. If it looked
//    before the task was there, its unlock happens before the putter's lock, so the putter's later load of
//    sleepers_ sees the entry; if it looked after, it found the task. Relaxed loads of sleepers_ are enough
//    for that.
// 3. For a countdown there is no lock between the two sides, so its four accesses are sequentially
// consistent:
//    decrement, then load sleepers_; store sleepers_, then load the countdown. One side sees the other.
// 4. A thread woken for a task takes one, or finds that somebody else did, or hands the wake-up on. Tasks are
//    never left with every thread asleep.
// 5. No lock is taken while another is held, and no task runs under one.
#include "backends/thread_pool/thread_pool.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

namespace breakeven {
namespace {

// Some two futex wake-ups: a shorter wait costs more than it saves, a longer one burns the CPU of others.
constexpr std::chrono::microseconds kSpin{15};

// A thief takes half of what it finds, but no more at once: so long the owner waits for its lock.
constexpr std::size_t kMostStolen = 32;

// The indices [0, count) of a loop, dealt out in chunks. Relaxed throughout: the counter only deals numbers;
// what the bodies read and write is ordered by the queues' locks and the group's countdown. Invariant: chunks
// are disjoint, since `next_` only grows and every claim takes what lies between its old and its new value.
class Chunks {
 public:
  // grain 0: each claim takes a fixed share of the rest, down to one index (guided self-scheduling, C. D.
  // Polychronopoulos and D. J. Kuck, IEEE Trans. Computers 36 (1987) 1425-1439): few claims, and unequal
  // tasks still end together.
  Chunks(std::size_t count, std::size_t grain, unsigned workers)
      : count_(count), grain_(grain), divisor_(std::size_t{2} * workers) {}

  struct Chunk {
    std::size_t first, last;
    bool empty() const { return first >= last; }
  };

  Chunk claim() {
    if (grain_ != 0) {
      const std::size_t first = next_.fetch_add(grain_, std::memory_order_relaxed);
      return {first, first < count_ ? std::min(count_ - first, grain_) + first : first};
    }
    std::size_t first = next_.load(std::memory_order_relaxed), last = 0;
    do {
      if (first >= count_) return {first, first};
      last = first + std::max<std::size_t>(1, (count_ - first) / divisor_);
    } while (!next_.compare_exchange_weak(first, last, std::memory_order_relaxed));
    return {first, last};
  }

  void stop() { next_.store(count_, std::memory_order_relaxed); }

 private:
  const std::size_t count_, grain_, divisor_;
  alignas(128) std::atomic<std::size_t> next_ = 0;
};

struct Membership {
  const ThreadPool* pool = nullptr;
  unsigned index = 0;
};
thread_local Membership membership;  // of the pool whose thread this is

}  // namespace

ThreadPool::ThreadPool(unsigned workers)
    : spins_(workers <= available_cores()), queues_(workers), thread_ids_(workers) {
  if (workers == 0) throw std::invalid_argument("a thread pool needs at least one worker");
  try {
    for (unsigned index = 1; index < workers; ++index) {
      threads_.push_back(start_thread([this, index] { work(index); }));
    }
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() noexcept {
  stopping_.store(true, std::memory_order_relaxed);  // published by the mutex: see sleep_until_woken()
  wake_waiters(nullptr);
  for (auto& thread : threads_) thread.join();
}

unsigned ThreadPool::worker_index() const noexcept { return membership.pool == this ? membership.index : 0; }

std::vector<pid_t> ThreadPool::thread_ids() const {
  std::vector<pid_t> ids;
  for (std::size_t index = 1; index < thread_ids_.size(); ++index) {
    thread_ids_[index].wait(0, std::memory_order_relaxed);
    ids.push_back(thread_ids_[index].load(std::memory_order_relaxed));
  }
  return ids;
}

void ThreadPool::work(unsigned index) {
  membership = {this, index};
  thread_ids_[index].store(kernel_thread_id(), std::memory_order_relaxed);
  thread_ids_[index].notify_all();
  for (;;) {
    if (run_one()) continue;
    if (spins_ && spin_until([this] { return any_queued_hint(); }, kSpin)) continue;
    // What a running task still submits goes to its own thread's queue, which that thread empties before it
    // ends.
    if (stopping_.load(std::memory_order_relaxed) && !any_queued()) return;
    sleep_until_woken(nullptr);
  }
}

void ThreadPool::push(Task task) {
  Queue& queue = queues_[worker_index()];
  {
    const std::lock_guard lock(queue.mutex);
    queue.tasks.push_back(std::move(task));
    queue.size.store(queue.tasks.size(), std::memory_order_relaxed);
  }
  if (sleepers_.load(std::memory_order_relaxed) != 0) wake_one();  // invariant 2
}

bool ThreadPool::run_one() {
  const unsigned index = worker_index();
  Task task;
  if (!take_newest(queues_[index], task) && !steal(index, task)) return false;
  task();
  return true;
}

bool ThreadPool::take_newest(Queue& queue, Task& task) {
  if (queue.size.load(std::memory_order_relaxed) == 0) return false;
  const std::lock_guard lock(queue.mutex);
  if (queue.tasks.empty()) return false;
  task = std::move(queue.tasks.back());
  queue.tasks.pop_back();
  queue.size.store(queue.tasks.size(), std::memory_order_relaxed);
  return true;
}

// The rest of the loot goes into the thief's own queue, where others can steal it again.
bool ThreadPool::steal(unsigned thief, Task& task) {
  for (std::size_t offset = 1; offset < queues_.size(); ++offset) {
    Queue& victim = queues_[(thief + offset) % queues_.size()];
    if (victim.size.load(std::memory_order_relaxed) == 0) continue;
    std::array<Task, kMostStolen> loot;
    std::size_t stolen = 0;
    {
      const std::lock_guard lock(victim.mutex);
      const std::size_t half = (victim.tasks.size() + 1) / 2;
      while (stolen < std::min(half, kMostStolen)) {
        loot[stolen++] = std::move(victim.tasks.front());
        victim.tasks.pop_front();
      }
      victim.size.store(victim.tasks.size(), std::memory_order_relaxed);
    }
    if (stolen == 0) continue;
    task = std::move(loot[0]);
    if (stolen == 1) return true;
    Queue& own = queues_[thief];
    {
      const std::lock_guard lock(own.mutex);
      for (std::size_t i = 1; i < stolen; ++i) own.tasks.push_back(std::move(loot[i]));
      own.size.store(own.tasks.size(), std::memory_order_relaxed);
    }
    // Whoever looked into the queues while the loot was in neither may sleep by now.
    if (sleepers_.load(std::memory_order_relaxed) != 0) wake_one();
    return true;
  }
  return false;
}

void ThreadPool::wait_for(const Countdown& countdown) {
  // Acquire: with the release in every decrement, the waiter sees what the tasks wrote.
  const auto done = [&countdown] { return countdown.load(std::memory_order_acquire) == 0; };
  bool owes_wake = false;  // woken for a task that it has not looked for yet
  while (!done()) {
    owes_wake = false;
    if (run_one()) continue;
    if (spins_ && spin_until([&] { return done() || any_queued_hint(); }, kSpin)) continue;
    owes_wake = sleep_until_woken(&countdown);
  }
  if (owes_wake) wake_one();
}

void ThreadPool::finish_one(Countdown& countdown) noexcept {
  const bool last = countdown.fetch_sub(1, std::memory_order_seq_cst) == 1;
  // From here on the countdown may be gone; its address is only compared.
  if (last && sleepers_.load(std::memory_order_seq_cst) != 0) wake_waiters(&countdown);
}

bool ThreadPool::any_queued_hint() const noexcept {
  return std::ranges::any_of(
      queues_, [](const Queue& queue) { return queue.size.load(std::memory_order_relaxed) != 0; });
}

bool ThreadPool::any_queued() {
  return std::ranges::any_of(queues_, [](Queue& queue) {
    const std::lock_guard lock(queue.mutex);
    return !queue.tasks.empty();
  });
}

// Returns whether it was woken for a task. Returns at once where there is something to do already.
bool ThreadPool::sleep_until_woken(const Countdown* awaited) {
  Sleeper self{.awaited = awaited, .woken = {}};
  bool stopping = false;
  {
    const std::lock_guard lock(sleep_mutex_);
    sleeping_.push_back(&self);
    sleepers_.store(sleeping_.size(), std::memory_order_seq_cst);  // invariants 2 and 3
    // stop() sets the flag, then takes this mutex to wake all: it finds this entry, or the entry sees the
    // flag.
    stopping = stopping_.load(std::memory_order_relaxed);
  }
  const bool done = awaited != nullptr ? awaited->load(std::memory_order_seq_cst) == 0 : stopping;
  const bool stay_awake = done || any_queued();
  std::unique_lock lock(sleep_mutex_);
  if (stay_awake && self.why == Sleeper::kNo) {
    std::erase(sleeping_, &self);
    sleepers_.store(sleeping_.size(), std::memory_order_seq_cst);
    return false;
  }
  self.woken.wait(lock, [&self] { return self.why != Sleeper::kNo; });
  return self.why == Sleeper::kForTask;
}

// The latest to fall asleep: its cache is the warmest. It is notified under the mutex, since it may return
// and take its condition variable with it as soon as the mutex is free.
void ThreadPool::wake_one() {
  const std::lock_guard lock(sleep_mutex_);
  if (sleeping_.empty()) return;
  Sleeper& sleeper = *sleeping_.back();
  sleeping_.pop_back();
  sleepers_.store(sleeping_.size(), std::memory_order_seq_cst);
  sleeper.why = Sleeper::kForTask;
  sleeper.woken.notify_one();
}

// nullptr: the pool's idle threads.
void ThreadPool::wake_waiters(const Countdown* countdown) noexcept {
  const std::lock_guard lock(sleep_mutex_);
  std::erase_if(sleeping_, [countdown](Sleeper* sleeper) {
    if (sleeper->awaited != countdown) return false;
    sleeper->why = Sleeper::kForCountdown;
    sleeper->woken.notify_one();
    return true;
  });
  sleepers_.store(sleeping_.size(), std::memory_order_seq_cst);
}

// Every worker that finds the time claims chunks until none is left.
void ThreadPool::run_ranges(std::size_t count, std::size_t grain, RangeBody body, void* context) {
  Chunks chunks(count, std::min(grain, count), workers());
  const auto work_off = [=, &chunks] {
    for (auto chunk = chunks.claim(); !chunk.empty(); chunk = chunks.claim()) {
      try {
        body(context, chunk.first, chunk.last);
      } catch (...) {
        chunks.stop();
        throw;
      }
    }
  };
  const std::size_t most_chunks = grain == 0 ? count : count / grain + (count % grain != 0);
  TaskGroup group(*this);
  for (std::size_t i = 1; i < std::min<std::size_t>(workers(), most_chunks); ++i) group.submit(work_off);
  auto own_share = work_off;
  group.run_here(own_share);
  group.wait();
}

void TaskGroup::wait() {
  pool_.wait_for(pending_);
  if (failed_.load(std::memory_order_relaxed)) {
    failed_.store(false, std::memory_order_relaxed);
    std::rethrow_exception(std::exchange(error_, nullptr));
  }
}

}  // namespace breakeven
