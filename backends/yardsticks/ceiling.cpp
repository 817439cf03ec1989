// What this machine can give: warm threads behind a barrier, each on a CPU of its own with tasks of equal
// cost, assigned beforehand.
//
// No other backend can know the costs, so none can beat it but by noise; it shows how much of a missing
// speed-up is due to the machine and how much to the runtime.
//
// A share that is cut beforehand loses to any disturbance: a thread that is held up has all its tasks still before it.
// So whoever is through takes over what others have not begun, task by task. A claim costs some nanoseconds; where tasks
// are so short that this shows, the first run says so, and shares stay as they were cut.
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <numeric>
#include <queue>
#include <thread>
#include <utility>

#include "backends/backend.h"
#include "backends/platform/affinity.h"
#include "backends/platform/spin.h"
#include "backends/platform/threads.h"

namespace breakeven {
namespace {

struct Range {
  std::size_t first, last;
};
using Assignment = std::vector<Range>;  // the tasks of one worker

// Consecutive tasks, cut where the sum of the weights passes each worker's part.
std::vector<Assignment> assign_consecutive(const std::vector<double>& weights, double total,
                                           unsigned workers) {
  std::vector<Assignment> assigned(workers);
  std::size_t first = 0;
  double sum = 0;
  for (unsigned worker = 0; worker < workers; ++worker) {
    const double bound = total * (worker + 1) / workers;
    std::size_t last = first;
    while (last < weights.size() && sum + weights[last] / 2 < bound) sum += weights[last++];
    if (worker + 1 == workers) last = weights.size();
    if (first != last) assigned[worker].push_back({first, last});
    first = last;
  }
  return assigned;
}

double heaviest(const std::vector<Assignment>& assigned, const std::vector<double>& weights) {
  double most = 0;
  for (const Assignment& tasks : assigned) {
    double sum = 0;
    for (const auto& [first, last] : tasks) {
      for (std::size_t task = first; task < last; ++task) sum += weights[task];
    }
    most = std::max(most, sum);
  }
  return most;
}

// Longest processing time first: the heaviest task left goes to the worker with the least. At most 4/3 of the
// best split there is, and much nearer with hundreds of tasks.
std::vector<Assignment> assign_heaviest_first(const std::vector<double>& weights, unsigned workers) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t task) { return weights[task]; });

  using Load = std::pair<double, unsigned>;  // its sum so far, the worker
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (unsigned worker = 0; worker < workers; ++worker) loads.emplace(0.0, worker);
  std::vector<unsigned> owner(weights.size());
  for (const std::size_t task : order) {
    const auto [sum, worker] = loads.top();
    loads.pop();
    owner[task] = worker;
    loads.emplace(sum + weights[task], worker);
  }

  std::vector<Assignment> assigned(workers);
  for (std::size_t task = 0; task < owner.size(); ++task) {
    Assignment& tasks = assigned[owner[task]];
    if (!tasks.empty() && tasks.back().last == task) {
      ++tasks.back().last;
    } else {
      tasks.push_back({task, task + 1});
    }
  }
  return assigned;
}

// Consecutive tasks where that is nearly even (it is for equal weights, and for many small tasks), since
// neighbours share pages and a loop; else one by one.
std::vector<Assignment> assign(const Workload& workload, std::size_t tasks, unsigned workers) {
  constexpr double kEvenEnough = 1.001;
  std::vector<double> weights(tasks);
  for (std::size_t task = 0; task < tasks; ++task) weights[task] = workload.weight(task);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);

  auto assigned = assign_consecutive(weights, total, workers);
  const bool equal = std::ranges::adjacent_find(weights, std::ranges::not_equal_to{}) == weights.end();
  if (equal || heaviest(assigned, weights) <= kEvenEnough * total / workers) return assigned;
  return assign_heaviest_first(weights, workers);
}

class Ceiling : public Backend {
 public:
  explicit Ceiling(const Plan& plan)
      : workload_(plan.workload),
        tasks_(plan.shape.tasks),
        workers_(plan.workers),
        spins_(plan.workers <= available_cores()),
        thread_ids_(plan.workers),
        shares_(plan.workers) {}

  ~Ceiling() override {
    job_ = nullptr;  // seen by the threads through the release of starts_
    starts_.fetch_add(1, std::memory_order_release);
    starts_.notify_all();
    for (auto& thread : threads_) thread.join();
    if (bound_) ::sched_setaffinity(0, sizeof mask_, &mask_);
  }

  void start() override {
    assigned_ = assign(workload_, tasks_, workers_);
    for (unsigned worker = 0; worker < workers_; ++worker) shares_[worker].of(assigned_[worker]);
    if (::sched_getaffinity(0, sizeof mask_, &mask_) == 0) bound_ = bind(0);
    for (unsigned worker = 1; worker < workers_; ++worker) {
      threads_.push_back(start_thread([this, worker] { work(worker); }));
    }
    for (unsigned worker = 1; worker < workers_; ++worker) {
      thread_ids_[worker].wait(0, std::memory_order_relaxed);  // warm means that every thread has run
    }
  }

  Outcome run(Job& job) override {
    if (job.size() != tasks_) throw std::invalid_argument("ceiling: the job is not of the planned shape");
    for (Share& share : shares_) share.next.store(0, std::memory_order_relaxed);  // published by starts_
    job_ = &job;
    unfinished_.store(workers_ - 1, std::memory_order_relaxed);
    starts_.fetch_add(1, std::memory_order_release);  // publishes job_ and unfinished_
    if (workers_ > 1) starts_.notify_all();
    const auto begun = std::chrono::steady_clock::now();
    execute_assigned(0, job);
    await_others();
    if (!decided_ && tasks_ > 0) {  // nobody else runs
      const auto task = (std::chrono::steady_clock::now() - begun) * workers_ / tasks_;
      takes_over_ = task >= kWorthAClaim;
      decided_ = true;
    }
    return {};
  }

  std::map<std::string, std::string> facts() const override {
    return {{"ceiling",
             takes_over_ ? "fixed shares, whose rest is taken over by whoever is free" : "fixed shares"}};
  }

  std::vector<WorkerId> workers() const override {
    std::vector<WorkerId> ids;
    for (unsigned worker = 1; worker < workers_; ++worker) {
      ids.push_back({WorkerId::Kind::kThread, thread_ids_[worker].load(std::memory_order_relaxed)});
    }
    return ids;
  }

 private:
  static constexpr std::chrono::microseconds kSpin{50};
  static constexpr std::chrono::microseconds kWorthAClaim{2};  // a task: a claim costs half a percent of it

  // The tasks of one worker in their order, taken one by one by itself, and by others when they are through.
  struct alignas(kFalseSharingRange) Share {
    std::vector<std::size_t> tasks;
    std::atomic<std::size_t> next = 0;

    void of(const Assignment& assigned) {
      for (const auto& [first, last] : assigned) {
        for (std::size_t task = first; task < last; ++task) tasks.push_back(task);
      }
    }
    std::size_t left() const {
      return tasks.size() - std::min(tasks.size(), next.load(std::memory_order_relaxed));
    }
  };

  // The calling thread, to the CPU of this worker: one each, in turn.
  bool bind(unsigned worker) const {
    auto turn = worker % static_cast<unsigned>(CPU_COUNT(&mask_));
    int cpu = 0;
    while (!CPU_ISSET(cpu, &mask_) || turn-- != 0) ++cpu;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return ::sched_setaffinity(0, sizeof one, &one) == 0;
  }

  void execute_assigned(unsigned worker, Job& job) {
    if (!takes_over_) {
      for (const auto& [first, last] : assigned_[worker]) job.execute(worker, first, last);
      return;
    }
    // Relaxed: a claim carries no data, and the end of the run orders what the tasks wrote.
    for (Share* share = &shares_[worker]; share; share = fullest()) {
      for (std::size_t at;
           (at = share->next.fetch_add(1, std::memory_order_relaxed)) < share->tasks.size();) {
        const std::size_t task = share->tasks[at];
        job.execute(worker, task, task + 1);
        if (share != &shares_[worker]) break;  // another may have more left by now
      }
    }
  }

  // The share with most left that nobody has begun, or nullptr.
  Share* fullest() {
    const auto most = std::ranges::max_element(shares_, {}, &Share::left);
    return most->left() > 0 ? &*most : nullptr;
  }

  void work(unsigned worker) {
    if (bound_) bind(worker);
    thread_ids_[worker].store(kernel_thread_id(), std::memory_order_relaxed);
    thread_ids_[worker].notify_one();
    // No start is missed: the next comes when all threads have done this one.
    for (std::uint32_t seen = 0;; ++seen) {
      const auto begun = [&] { return starts_.load(std::memory_order_acquire) != seen; };
      if (!spins_ || !spin_until(begun, kSpin)) starts_.wait(seen, std::memory_order_acquire);
      if (job_ == nullptr) return;
      execute_assigned(worker, *job_);
      // Release: the caller that reads 0 sees every output. The last one wakes it.
      if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
    }
  }

  void await_others() {
    const auto done = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
    if (done() || (spins_ && spin_until(done, kSpin))) return;
    for (auto left = unfinished_.load(std::memory_order_acquire); left != 0;
         left = unfinished_.load(std::memory_order_acquire)) {
      unfinished_.wait(left, std::memory_order_acquire);
    }
  }

  const Workload& workload_;
  const std::size_t tasks_;
  const unsigned workers_;
  const bool spins_;    // only where every worker has a core
  bool bound_ = false;  // set before the threads are made
  cpu_set_t mask_{};    // the caller's, before
  std::vector<Assignment> assigned_;
  // Changed by the caller between two runs alone, and published by starts_.
  bool takes_over_ = true, decided_ = false;
  std::vector<std::atomic<pid_t>> thread_ids_;  // 0 until the thread has begun
  std::vector<Share> shares_;
  std::vector<std::thread> threads_;
  // What a run writes, away from what all read.
  alignas(kFalseSharingRange) Job* job_ = nullptr;                         // of this run; nullptr: stop
  std::atomic<std::uint32_t> starts_ = 0;                                  // rises when a run begins
  alignas(kFalseSharingRange) std::atomic<std::uint32_t> unfinished_ = 0;  // threads still in this run
};

std::optional<std::string> unsupported(const Setup& setup) {
  if (setup.dispatch != Dispatch::kMap) return "ceiling splits the tasks beforehand, so it has no submit";
  if (setup.chunk != 0) return "ceiling splits the tasks beforehand, so it has no chunks";
  return std::nullopt;
}

const BackendRegistration registration({
    .name = "ceiling",
    .summary =
        "warm threads on CPUs of their own, tasks split beforehand into equal shares, whose rest is taken "
        "over by whoever is free: what this machine can give",
    .traits = [](const Setup&) { return Traits{.caller_works = true, .binds = true}; },
    .unsupported = unsupported,
    .make = make_backend<Ceiling>,
});

}  // namespace
}  // namespace breakeven
