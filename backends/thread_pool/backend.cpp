// The project's own thread pool as a backend.
#include "backends/backend.h"

#include "backends/thread_pool/thread_pool.h"
#include "backends/unsupported.h"

namespace breakeven {
namespace {

class ThreadPoolBackend : public Backend {
 public:
  explicit ThreadPoolBackend(const Plan& plan)
      : workers_(plan.workers), dispatch_(plan.dispatch), chunk_(plan.chunk) {}

  void start() override { pool_.emplace(workers_); }

  Outcome run(Job& job) override {
    ThreadPool& pool = *pool_;
    if (dispatch_ == Dispatch::kMap) {
      pool.parallel_for_ranges(
          0, job.size(),
          [&](std::size_t first, std::size_t last) { job.execute(pool.worker_index(), first, last); },
          chunk_);
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
  const unsigned workers_;
  const Dispatch dispatch_;
  const std::size_t chunk_;  // 0: the pool's own default
  std::optional<ThreadPool> pool_;
};

const BackendRegistration registration({
    .name = "thread_pool",
    .summary = "this project's own pool of threads: work stealing, the caller works while it waits",
    .options = {},
    .variants = {""},
    .traits = [](const Setup&) { return Traits{.caller_works = true, .env = {}}; },
    .unsupported = chunk_without_map,
    .make = [](const Plan& plan) -> std::unique_ptr<Backend> {
      return std::make_unique<ThreadPoolBackend>(plan);
    },
});

}  // namespace
}  // namespace breakeven
