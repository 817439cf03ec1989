// OpenMP: `omp for` with a schedule (map), or one `omp task` per task from a single construct (submit).
#include <dlfcn.h>
#include <omp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "backends/backend.h"
#include "backends/contract/unsupported.h"
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

Traits traits(const Setup& setup) {
  Traits traits{.caller_works = true, .binds = true};
  // Read by the runtime when it is loaded, so it must be set before the process starts.
  if (const auto& wait = setup.options.at("wait"); wait != "default") traits.env["OMP_WAIT_POLICY"] = wait;
  return traits;
}

std::optional<std::string> unsupported(const Setup& setup) {
  if (setup.dispatch == Dispatch::kSubmit && setup.options.at("schedule") != "static") {
    return "schedule applies to map; submit makes one omp task per task";
  }
  return chunk_without_map(setup);
}

const BackendRegistration registration({
    .name = BREAKEVEN_OPENMP_NAME,
    .summary = "OpenMP: `omp for` with a schedule, or one `omp task` per task",
    .options = {{.name = "schedule",
                 .values = {"static", "dynamic", "guided"},
                 .help = "of map's loop; the default chunk is N/workers for static, else 1"},
                {.name = "wait",
                 .values = {"default", "active", "passive"},
                 .help = "OMP_WAIT_POLICY: whether idle threads spin"}},
    .variants = {"", ",schedule=dynamic", ",schedule=guided"},
    .traits = traits,
    .unsupported = unsupported,
    .make = make_backend<OpenMp>,
});

}  // namespace
}  // namespace breakeven
