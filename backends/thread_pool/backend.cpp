// The project's own thread pool as a backend.
#include "backends/backend.h"

#include "backends/contract/unsupported.h"
#include "backends/thread_pool/thread_pool.h"

namespace breakeven {
namespace {

class ThreadPoolBackend : public Backend {
 public:
  explicit ThreadPoolBackend(const Plan& plan)
      : workers_(plan.workers),
        dispatch_(plan.dispatch),
        chunk_(plan.chunk),
        futures_(plan.options.at("result") == "future") {
    if (plan.options.at("idle") == "hot") settings_.idle = ThreadPool::Idle::kHot;
  }

  void start() override { pool_.emplace(workers_, settings_); }

  Outcome run(Job& job) override {
    ThreadPool& pool = *pool_;
    if (dispatch_ == Dispatch::kMap) {
      pool.parallel_for_ranges(
          0, job.size(),
          [&](std::size_t first, std::size_t last) { job.execute(pool.worker_index(), first, last); },
          chunk_);
      return {};
    }
    if (futures_) {
      run_futures(job);
      return {};
    }
    TaskGroup group(pool);
    for (std::size_t task = 0; task < job.size(); ++task) {
      group.submit([&job, &pool, task] { job.execute(pool.worker_index(), task, task + 1); });
    }
    group.wait();
    return {};
  }

  std::vector<WorkerId> workers() const override {
    std::vector<WorkerId> ids;
    for (const pid_t id : pool_->thread_ids()) ids.push_back({WorkerId::Kind::kThread, id});
    return ids;
  }

 private:
  void run_futures(Job& job) {
    ThreadPool& pool = *pool_;
    std::vector<Future<void>> futures;
    futures.reserve(job.size());
    for (std::size_t task = 0; task < job.size(); ++task) {
      futures.push_back(
          pool.submit([&job, &pool, task] { job.execute(pool.worker_index(), task, task + 1); }));
    }
    for (auto& future : futures) future.get();
  }

  const unsigned workers_;
  const Dispatch dispatch_;
  const std::size_t chunk_;  // 0: the pool's own default
  const bool futures_;
  ThreadPool::Settings settings_;
  std::optional<ThreadPool> pool_;
};

std::optional<std::string> unsupported(const Setup& setup) {
  if (setup.dispatch == Dispatch::kMap && setup.options.at("result") == "future")
    return "result applies to submit; a map has one end and no futures";
  return chunk_without_map(setup);
}

const BackendRegistration registration({
    .name = "thread_pool",
    .summary = "this project's own pool of threads: work stealing, the caller works while it waits",
    .options = {{.name = "idle",
                 .values = {"sleep", "hot"},
                 .help = "what idle threads do: sleep after some 20 us, or keep looking for work"},
                {.name = "result",
                 .values = {"group", "future"},
                 .help = "of submit: tasks of one group, or a future for each task"}},
    .traits = [](const Setup&) { return Traits{.caller_works = true, .binds = true}; },
    .unsupported = unsupported,
    .make = make_backend<ThreadPoolBackend>,
});

}  // namespace
}  // namespace breakeven
