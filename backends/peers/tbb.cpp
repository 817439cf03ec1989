// oneTBB: parallel_for (map), or one task_group::run per task (submit).
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <tbb/task_scheduler_observer.h>

#include <optional>

#include "backends/backend.h"
#include "backends/contract/unsupported.h"
#include "backends/peers/thread_numbers.h"

namespace breakeven {
namespace {

// The kernel's ids of the library's threads.
class Observer : public tbb::task_scheduler_observer {
 public:
  Observer() { observe(true); }
  ~Observer() override { observe(false); }
  void on_scheduler_entry(bool) override { numbers_.mine(); }
  std::vector<WorkerId> threads() const { return numbers_.others(); }

 private:
  ThreadNumbers numbers_;
};

class Tbb : public Backend {
 public:
  explicit Tbb(const Plan& plan) : workers_(plan.workers), dispatch_(plan.dispatch), chunk_(plan.chunk) {}

  ~Tbb() override {
    arena_.reset();
    observer_.reset();
    limit_.reset();
    if (handle_) tbb::finalize(*handle_, std::nothrow);  // joins the threads
  }

  // The library makes its threads when it first has work for them.
  void start() override {
    handle_.emplace(tbb::attach{});
    limit_.emplace(tbb::global_control::max_allowed_parallelism, workers_);
    observer_.emplace();
    // The arena that a thread has by itself numbers its threads up to the machine's cores: only where that is
    // what was asked for can it be used. It saves entering one, some 20 ns a run.
    if (workers_ != static_cast<unsigned>(tbb::info::default_concurrency())) {
      arena_.emplace(static_cast<int>(workers_));
    }
    inside([this] {
      tbb::parallel_for(
          0U, 8 * workers_, [](unsigned) {}, tbb::simple_partitioner{});
    });
  }

  Outcome run(Job& job) override {
    inside([&] {
      if (dispatch_ == Dispatch::kSubmit) {
        run_tasks(job);
      } else if (chunk_ == 0) {
        run_loop(job, 1, tbb::auto_partitioner{});
      } else {
        run_loop(job, chunk_, tbb::simple_partitioner{});
      }
    });
    return {};
  }

  std::vector<WorkerId> workers() const override {
    return observer_ ? observer_->threads() : std::vector<WorkerId>{};
  }

 private:
  template <class Work>
  void inside(const Work& work) {
    if (arena_) {
      arena_->execute(work);
    } else {
      work();
    }
  }

  static unsigned worker() { return static_cast<unsigned>(tbb::this_task_arena::current_thread_index()); }

  static void run_tasks(Job& job) {
    tbb::task_group group;
    for (std::size_t task = 0; task < job.size(); ++task) {
      group.run([&job, task] { job.execute(worker(), task, task + 1); });
    }
    group.wait();
  }

  template <class Partitioner>
  static void run_loop(Job& job, std::size_t grain, const Partitioner& partitioner) {
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, job.size(), grain),
        [&job](const auto& range) { job.execute(worker(), range.begin(), range.end()); }, partitioner);
  }

  const unsigned workers_;
  const Dispatch dispatch_;
  const std::size_t chunk_;  // 0: the automatic partitioner
  std::optional<tbb::task_scheduler_handle> handle_;
  std::optional<tbb::global_control> limit_;
  std::optional<Observer> observer_;
  std::optional<tbb::task_arena> arena_;
};

const BackendRegistration registration({
    .name = "tbb",
    .summary = "oneTBB: parallel_for, or a task of a task_group per task",
    .traits = [](const Setup&) { return Traits{.caller_works = true}; },
    .unsupported = chunk_without_map,
    .make = make_backend<Tbb>,
});

}  // namespace
}  // namespace breakeven
