// The life of a pool's threads: run, look around, spin, sleep; and how a waiter spends its wait.
#include "backends/thread_pool/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "backends/platform/affinity.h"
#include "backends/platform/spin.h"
#include "backends/platform/threads.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

// Some two futex wake-ups: a shorter wait costs more than it saves, a longer one takes CPU time from others.
constexpr nanoseconds kSpin{20'000};
// Fewer tasks than these are stolen only if they are untouched from one look to the next: their owner will
// probably run them sooner than a thief could. Of untouched tasks a thief takes all and not half: their
// owner is busy.
constexpr std::int64_t kFew = 4, kFewWithoutACore = 16;
// A thief whose steal took longer than the stolen tasks backs off, longer each time: until then it takes
// untouched tasks only. A steal is slow where an interrupt between cores is, as in virtual machines.
// With two workers 1 ms at most was the best of what was tried (1000 empty tasks cost 1.6 times as much with 20 us), with
// 16 workers 2 us (thieves that rest leave nested work alone), and this passes through both.
// Where workers exceed cores a thief takes its core from someone, whatever it finds.
nanoseconds longest_backoff(unsigned workers, unsigned cores) {
  constexpr nanoseconds kOfTwo{1'000'000}, kLeast{2'000};
  if (workers > cores || workers <= 2) return kOfTwo;
  const auto thieves = static_cast<std::int64_t>(workers) - 1;
  return std::max(kOfTwo / (thieves * thieves), kLeast);
}
constexpr nanoseconds kShortestBackoff{1'000};

// So many do not queue for barriers: to share them would cost more lines than it saves interrupts.
constexpr unsigned kFewThieves = 3;
constexpr auto kNever = [] { return false; };

// How long a thread has been idle. The clock is read only when exhausted() is called.
class Patience {
 public:
  void renew() { since_ = kNotYet; }
  bool exhausted() {
    const auto now = Clock::now();
    if (since_ == kNotYet) since_ = now;
    return now - since_ > kSpin;
  }

 private:
  static constexpr Clock::time_point kNotYet = Clock::time_point::max();
  Clock::time_point since_ = kNotYet;
};

}  // namespace

ThreadPool::ThreadPool(unsigned workers, Settings settings)
    : workers_(workers),
      cores_(available_cores()),
      settings_(settings),
      few_(workers > cores_ ? kFewWithoutACore : kFew),
      longest_backoff_(longest_backoff(workers, cores_)),
      barriers_(workers > kFewThieves + 1),
      fences_(settings.fences, &barriers_),
      members_(std::make_shared<Members>(workers)),
      sleepers_(fences_) {
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
  fences_.store_often(stopping_, true);
  sleepers_.wake(nullptr);
  for (auto& thread : threads_) thread.join();
}

std::vector<pid_t> ThreadPool::thread_ids() const {
  std::vector<pid_t> ids;
  for (unsigned index = 1; index < workers_; ++index) {
    const auto& id = members_->own_thread(index).thread_id;
    id.wait(0, std::memory_order_relaxed);
    ids.push_back(id.load(std::memory_order_relaxed));
  }
  return ids;
}

ThreadPool::Counts ThreadPool::counts() const {
  Counts counts{.barriers = barriers_.taken(), .wake_ups = sleepers_.wake_ups()};
  for (const Member* member = members_->first(); member != nullptr;
       member = member->next.load(std::memory_order_acquire)) {
    counts.steals += member->steals.load(std::memory_order_relaxed);
    counts.joins += member->joins.load(std::memory_order_relaxed);
  }
  return counts;
}

void ThreadPool::run(Member& self, Task& task) {
  TaskGroup* const group = task.group();
  if (group != self.tally_group) {
    flush(self);  // a waiter for the other group must not wait for this task
    self.tally_group = group;
  }
  task();
  if (group == nullptr) {
    // Release: with the acquire in all_completed(), the waiter sees what the task wrote, and that it was posted.
    fences_.store_often(self.completed, self.completed.load(std::memory_order_relaxed) + 1);
    notify_waiters(this);
    return;
  }
  if (group->is_owned_by(self)) {
    group->count_done(self, 1, fences_);
    notify_waiters(group);
  } else if (self.tally_group == group) {
    ++self.tally;
  } else {  // tasks that ran inside this one made the tally another group's
    flush(self);
    self.tally_group = group;
    self.tally = 1;
  }
}

void ThreadPool::flush(Member& self) {
  if (self.tally == 0) return;
  TaskGroup* const group = self.tally_group;
  group->count_done(self, std::exchange(self.tally, 0), fences_);
  notify_waiters(group);  // by its address, since it may have been destroyed
}

// Whether runnable threads, the waiter included, are at most as many as cores: a spinner then takes
// no other's core.
bool ThreadPool::may_spin() const noexcept { return workers_ - sleepers_.threads_asleep() <= cores_; }
bool ThreadPool::spare_core() const noexcept { return workers_ - sleepers_.threads_asleep() < cores_; }

bool ThreadPool::any_visible() const noexcept {
  for (const Member* member = members_->first(); member != nullptr;
       member = member->next.load(std::memory_order_acquire)) {
    if (member->ring.position().size() > 0 || member->loops.any_open()) return true;
  }
  return false;
}

// One look at everybody else's ring, beginning with the next member's; runs a task where one was stolen.
// The other stolen tasks are run too, until `done`; what is then left stays in the own ring like any task.
template <class Done>
ThreadPool::Found ThreadPool::look_around(Member& self, Done done) {
  auto found = Found::kNothing;
  const auto watched = std::exchange(self.thief.watched, nullptr);
  const auto position_then = self.thief.position;
  const auto next_of = [this](const Member* member) {
    Member* const next = member->next.load(std::memory_order_acquire);
    return next != nullptr ? next : members_->first();
  };
  for (Member* victim = next_of(&self); victim != &self; victim = next_of(victim)) {
    if (join_loop(self, *victim)) return Found::kRan;
    if (victim->loops.any_open()) found = Found::kSaw;
    const auto position = victim->ring.position();
    if (position.size() <= 0) continue;
    found = Found::kSaw;
    const auto begun = Clock::now();
    const bool untouched = victim == watched && position == position_then;
    if (!untouched && (position.size() < few_ || begun < self.thief.backoff_until)) {
      self.thief.watched = victim;
      self.thief.position = position;
      continue;
    }
    Task task;
    const auto stolen = steal(self, *victim, task, untouched);
    if (stolen == 0) continue;
    const auto moved = Clock::now();
    if (const int cpu = std::exchange(self.thief.leave, -1); cpu >= 0 && stolen > 1) leave_cpu(cpu);
    run(self, task);
    while (!done() && self.ring.pop(task, fences_)) run(self, task);
    auto& thief = self.thief;
    if (const auto now = Clock::now(); stolen > 1 && now - moved < moved - begun) {
      thief.backoff = std::clamp(2 * thief.backoff, kShortestBackoff, longest_backoff_);
      thief.backoff_until = now + thief.backoff;
    } else {
      thief.backoff = nanoseconds{0};
    }
    return Found::kRan;
  }
  return found;
}

// Moves tasks into the own ring, and passes the wake-up on where work remains.
std::size_t ThreadPool::steal(Member& self, Member& victim, Task& task, bool all) {
  bool searched = false;
  count_one(self.steals);
  const auto stolen = victim.ring.steal(task, self.ring, all, fences_,
                                        [&] { searched = sleepers_.end_search(self.sleeper); });
  if (stolen == 0) {
    if (searched) sleepers_.begin_search(self.sleeper);
  }
  // Even if nothing was stolen: while the claim stood, the victim's ring looked emptier than it was.
  if (sleepers_.wake_is_due() && any_visible()) sleepers_.wake_one();
  return stolen;
}

void ThreadPool::work(unsigned index) {
  Member& self = members_->own_thread(index);
  own_pool = {number_, &self};
  self.thread_id.store(kernel_thread_id(), std::memory_order_relaxed);
  self.thread_id.notify_all();
  const bool hot = settings_.idle == Idle::kHot && workers_ <= cores_;
  Patience patience;
  for (;;) {
    Task task;
    while (self.ring.pop(task, fences_)) run(self, task);
    flush(self);
    sleepers_.begin_search(self.sleeper);
    const auto found = look_around(self, kNever);
    if (found == Found::kRan) {
      flush(self);
      patience.renew();
      continue;
    }
    if (found == Found::kSaw) patience.renew();
    // What a running task still submits goes to its own thread's ring, which that thread empties
    // before it ends.
    if (stopping_.load(std::memory_order_acquire) && !any_visible()) break;
    if (may_spin() && (found == Found::kSaw || hot || !patience.exhausted())) {
      spin_until(kNever, kLook);
    } else if (found == Found::kSaw) {
      std::this_thread::yield();
    } else {
      sleepers_.sleep(self.sleeper, nullptr, [this] { return Fences::load(stopping_) || any_visible(); });
      // The kernel likes to begin a woken thread on its waker's CPU. Where the waker works on, both would share that; to
      // leave takes tens of us, though, in which a single task for which nobody waits could have begun.
      const int cpu = std::exchange(self.sleeper.waker_cpu, -1);
      if (workers_ <= cores_ && self.sleeper.waker_works) leave_cpu(cpu);
      self.thief.leave = workers_ <= cores_ && !self.sleeper.waker_works ? cpu : -1;
      patience.renew();
    }
  }
  sleepers_.end_search(self.sleeper);
}

// A waiter is counted as a searcher only where it was woken for work: then it must pass the wake-up on.
template <class Done>
bool ThreadPool::wait_for(const void* key, Done done, Deadline deadline) {
  Member& self = this->self();
  Patience patience;
  while (!done()) {
    Task task;
    if (self.ring.pop(task, fences_)) {
      run(self, task);
      patience.renew();
      continue;
    }
    flush(self);
    const auto found = look_around(self, done);
    if (found == Found::kRan) {
      flush(self);
      patience.renew();
      continue;
    }
    if (deadline && Clock::now() >= *deadline) break;
    if (may_spin() && (found == Found::kSaw || !patience.exhausted())) {
      spin_until(done, kLook);
    } else if (found == Found::kSaw) {
      std::this_thread::yield();
    } else {
      sleepers_.sleep(
          self.sleeper, key, [&] { return done() || any_visible(); }, deadline);
      patience.renew();
    }
  }
  flush(self);
  if (sleepers_.end_search(self.sleeper)) pass_wake_on();
  return done();
}

bool ThreadPool::wait_until(const void* key, const std::atomic<bool>& flag, Deadline deadline) {
  return wait_for(
      key, [&flag] { return Fences::load(flag); }, deadline);
}

// completed <= posted at any moment, and both only grow. So a thread that reads all that is completed first, all that
// was posted after it, and finds the sums equal knows that nothing was pending at the moment between.
bool ThreadPool::all_completed() const noexcept {
  std::size_t completed = 0, posted = 0;
  const auto each_member = [this](auto&& count) {
    for (const Member* member = members_->first(); member != nullptr;
         member = member->next.load(std::memory_order_acquire))
      count(*member);
  };
  each_member([&](const Member& member) { completed += Fences::load(member.completed); });
  each_member([&](const Member& member) { posted += member.posted.load(std::memory_order_acquire); });
  return completed == posted;
}

void ThreadPool::wait_all() {
  if (workers_ > 1 && !all_completed()) wait_for(this, [this] { return all_completed(); });
}

void ThreadPool::run_loop(std::size_t count, std::size_t grain, Loop::Body body, void* context, bool exact) {
  grain = std::min(grain, count);
  const unsigned participants = Loop::useful_participants(count, grain, workers_);
  if (participants == 1) return body(context, 0, count);
  Member& self = this->self();
  OpenLoop* const open_loop = self.loops.next(participants);
  if (open_loop == nullptr) return body(context, 0, count);
  Loop loop(count, grain, body, context, open_loop->ranges(), participants, fences_, workers_ > cores_,
            exact);
  self.loops.open(loop, fences_);
  if (const auto idle = sleepers_.idle(); idle.asleep != 0 && idle.searching + 1 < participants)
      [[unlikely]] {
    run_woken(self, loop, body, count, participants - 1 - idle.searching);
  } else {
    loop.participate(0);
  }
  const auto joined = open_loop->close();
  if (!open_loop->left_by(joined))
    wait_for(open_loop, [open_loop, joined] { return open_loop->left_by(joined); });
  self.loops.end();
  loop.rethrow();
}

void ThreadPool::pass_wake_on() {
  fences_.barrier();
  if (sleepers_.wake_is_due() && any_visible()) sleepers_.wake_one();
}

bool TaskGroup::wait_until_done(Deadline deadline) {
  return pool_.wait_for(
      this, [this] { return done(); }, deadline);
}

void TaskGroup::wait() {
  join();
  cancelled_.store(false, std::memory_order_relaxed);
  error_.rethrow();
}

bool TaskGroup::wait_until(std::chrono::steady_clock::time_point deadline) {
  if (owner_ != nullptr && !done() && !wait_until_done(deadline)) return false;
  wait();
  return true;
}

}  // namespace breakeven
