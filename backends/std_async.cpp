// std::async: a new thread and a future for every task (submit) or chunk of tasks (map).
#include <algorithm>
#include <deque>
#include <future>
#include <limits>
#include <system_error>

#include "backends/backend.h"
#include "backends/contract/unsupported.h"

namespace breakeven {
namespace {

class StdAsync : public Backend {
 public:
  explicit StdAsync(const Plan& plan)
      : workers_(plan.workers),
        chunk_(plan.dispatch == Dispatch::kSubmit ? 1 : plan.chunk),
        launches_all_(plan.options.at("window") == "all") {}

  void start() override {}  // nothing is kept between tasks, so nothing can be made beforehand

  Outcome run(Job& job) override {
    const std::size_t tasks = job.size();
    const std::size_t chunk =
        chunk_ != 0 ? chunk_ : std::max<std::size_t>(1, (tasks + workers_ - 1) / workers_);
    if (launches_all_) {
      run_all(job, chunk);
    } else {
      run_in_window(job, chunk);
    }
    return {};
  }

 private:
  // Oldest first. Its destructor waits for all, so what the tasks refer to must be declared before it.
  using Alive = std::deque<std::future<void>>;

  // At most `workers` alive. The oldest is awaited before the next launch, so those alive are always
  // consecutive launches and their number modulo `workers` is an index that no other running task has.
  void run_in_window(Job& job, std::size_t chunk) {
    Alive alive;
    unsigned worker = 0;
    for (std::size_t first = 0; first < job.size(); first += chunk) {
      if (alive.size() == workers_) await_oldest(alive);
      const std::size_t last = first + std::min(chunk, job.size() - first);
      launch(alive, [&job, worker, first, last] { job.execute(worker, first, last); });
      worker = (worker + 1) % workers_;
    }
    while (!alive.empty()) await_oldest(alive);
  }

  // More tasks alive than a job has worker indices. So results are kept per task and reported by the
  // caller when all have ended: a few ns each, beside 14 us of a launch, and no lock that the threads
  // would wait for.
  void run_all(Job& job, std::size_t chunk) {
    std::vector<TaskResult> results(job.size());
    Alive alive;
    for (std::size_t first = 0; first < job.size(); first += chunk) {
      const std::size_t last = first + std::min(chunk, job.size() - first);
      launch(alive, [&job, &results, first, last] {
        for (std::size_t task = first; task < last; ++task) {
          results[task] = job.attempt(task);
        }
      });
    }
    while (!alive.empty()) await_oldest(alive);
    for (std::size_t task = 0; task < job.size(); ++task) job.report(0, task, results[task]);
  }

  static void await_oldest(Alive& alive) {
    alive.front().get();
    alive.pop_front();
  }

  // Where the system has no thread left, the oldest task is awaited and the launch tried again.
  template <class Work>
  static void launch(Alive& alive, const Work& work) {
    for (;;) {
      try {
        alive.push_back(std::async(std::launch::async, work));
        return;
      } catch (const std::system_error& error) {
        if (error.code() != std::errc::resource_unavailable_try_again) throw;
        if (alive.empty()) {
          throw std::system_error(error.code(),
                                  "std::async cannot make even one thread; raise the limit of "
                                  "threads (ulimit -u, cgroup pids.max) or of memory");
        }
        await_oldest(alive);
      }
    }
  }

  const unsigned workers_;
  const std::size_t chunk_;  // 0: equal parts, one for each worker
  const bool launches_all_;
};

const BackendRegistration registration({
    .name = "std_async",
    .summary = "std::async: a new thread and a future for every task or chunk",
    .options = {{.name = "window",
                 .values = {"workers", "all"},
                 .help = "how many may be alive: as many as workers, the oldest awaited before the next "
                         "launch, or all at once (then workers sets only map's default chunk)"}},
    .variants = {"", ",window=all"},
    .traits = [](const Setup&) { return Traits{}; },
    .unsupported = chunk_without_map,
    .make = make_backend<StdAsync>,
});

}  // namespace
}  // namespace breakeven
