// OpenMP: `omp for` with a schedule (map), or one `omp task` per task from a single construct (submit). A shared object of
// its own, or part of a program that is nothing but this backend's cell: backend.cpp says why.
#include <dlfcn.h>
#include <omp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "backends/backend.h"
#include "backends/platform/threads.h"

namespace breakeven {
namespace {

class OpenMp : public Backend {
 public:
  explicit OpenMp(const Plan& plan)
      : workers_(static_cast<int>(plan.workers)),
        dispatch_(plan.dispatch),
        schedule_(plan.options.at("schedule")),
        chunk_(plan.chunk) {}

  ~OpenMp() override {
    if (thread_ids_.empty()) return;
    omp_pause_resource_all(omp_pause_hard);
    await_end_of_threads();
  }

  // The runtime makes its threads in the first region and keeps them.
  void start() override {
    omp_set_dynamic(0);
    thread_ids_.assign(static_cast<std::size_t>(workers_), 0);
    int given = 0;
#pragma omp parallel num_threads(workers_)  // not empty: GCC deletes an empty region
    {
      thread_ids_[static_cast<std::size_t>(omp_get_thread_num())] = kernel_thread_id();
#pragma omp single
      given = omp_get_num_threads();
    }
    if (given != workers_) {
      throw std::runtime_error("OpenMP gives " + std::to_string(given) + " threads where " +
                               std::to_string(workers_) + " were asked for; raise OMP_THREAD_LIMIT");
    }
  }

  Outcome run(Job& job) override {
    if (dispatch_ == Dispatch::kSubmit) {
      run_tasks(job);
    } else if (schedule_ == "static") {
      run_static(job);
    } else if (schedule_ == "dynamic") {
      run_dynamic(job, chunk_ != 0 ? chunk_ : 1);
    } else {
      run_guided(job, chunk_ != 0 ? chunk_ : 1);
    }
    return {};
  }

  std::vector<WorkerId> workers() const override {
    std::vector<WorkerId> ids;
    for (std::size_t i = 1; i < thread_ids_.size(); ++i) {
      ids.push_back({WorkerId::Kind::kThread, thread_ids_[i]});
    }
    return ids;
  }

  // Which library the region really enters: with libgomp and libomp in one process it is not
  // the expected one.
  std::map<std::string, std::string> facts() const override {
    Dl_info found{};
    void* const entry = ::dlsym(RTLD_DEFAULT, "GOMP_parallel");
    if (entry == nullptr || ::dladdr(entry, &found) == 0 || found.dli_fname == nullptr) return {};
    return {{"runtime", found.dli_fname}};
  }

 private:
  static unsigned worker() { return static_cast<unsigned>(omp_get_thread_num()); }

  void run_tasks(Job& job) const {
    const std::size_t tasks = job.size();
#pragma omp parallel num_threads(workers_)
#pragma omp single nowait  // the region's own barrier is enough
    for (std::size_t task = 0; task < tasks; ++task) {
#pragma omp task firstprivate(task) shared(job)
      job.execute(worker(), task, task + 1);
    }
  }

  // The three below ask for their number once a region, not once a task: that call costs as much as the loop.
  // nowait, since the region's own barrier is enough.

  // Without a chunk the compiler gives every thread one contiguous part; with one it deals them round-robin.
  void run_static(Job& job) const {
    const std::size_t tasks = job.size();
#pragma omp parallel num_threads(workers_)
    {
      const unsigned self = worker();
      if (chunk_ == 0) {
#pragma omp for schedule(static) nowait
        for (std::size_t task = 0; task < tasks; ++task) job.execute(self, task, task + 1);
      } else {
#pragma omp for schedule(static, chunk_) nowait
        for (std::size_t task = 0; task < tasks; ++task) job.execute(self, task, task + 1);
      }
    }
  }

  void run_dynamic(Job& job, std::size_t chunk) const {
    const std::size_t tasks = job.size();
#pragma omp parallel num_threads(workers_)
    {
      const unsigned self = worker();
#pragma omp for schedule(dynamic, chunk) nowait
      for (std::size_t task = 0; task < tasks; ++task) job.execute(self, task, task + 1);
    }
  }

  void run_guided(Job& job, std::size_t chunk) const {
    const std::size_t tasks = job.size();
#pragma omp parallel num_threads(workers_)
    {
      const unsigned self = worker();
#pragma omp for schedule(guided, chunk) nowait
      for (std::size_t task = 0; task < tasks; ++task) job.execute(self, task, task + 1);
    }
  }

  // The runtime detaches its threads and cannot join them; they end within microseconds of the pause.
  void await_end_of_threads() const {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    for (std::size_t i = 1; i < thread_ids_.size(); ++i) {
      while (thread_ids_[i] != 0 && ::syscall(SYS_tgkill, ::getpid(), thread_ids_[i], 0) == 0 &&
             std::chrono::steady_clock::now() < give_up) {
        std::this_thread::yield();
      }
    }
  }

  const int workers_;
  const Dispatch dispatch_;
  const std::string schedule_;
  const std::size_t chunk_;        // 0: the schedule's own default
  std::vector<pid_t> thread_ids_;  // of the runtime's threads, the caller's first; empty until start()
};

}  // namespace
}  // namespace breakeven

extern "C" __attribute__((visibility("default"))) breakeven::Backend* breakeven_make_openmp(
    const breakeven::Plan& plan) {
  return std::make_unique<breakeven::OpenMp>(plan).release();
}
