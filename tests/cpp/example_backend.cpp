// A new thread for every part of the tasks: no pool, nothing kept between runs.
#include <thread>

#include "backends/backend.h"

namespace breakeven {
namespace {

class NewThreads : public Backend {
 public:
  explicit NewThreads(const Plan& plan) : workers_(plan.workers) {}

  void start() override {}  // the place to make a pool: what it costs is counted where the pool is cold

  Outcome run(Job& job) override {
    std::vector<std::jthread> threads;  // joined when run() returns, and when making one fails
    for (unsigned worker = 0; worker < workers_; ++worker) {
      const std::size_t first = job.size() * worker / workers_;
      const std::size_t last = job.size() * (worker + 1) / workers_;
      threads.emplace_back([&job, worker, first, last] { job.execute(worker, first, last); });
    }
    return {};
  }

 private:
  const unsigned workers_;
};

std::optional<std::string> unsupported(const Setup& setup) {
  if (setup.dispatch != Dispatch::kMap) return "new_threads gives every thread one part, so it has no submit";
  if (setup.chunk != 0) return "new_threads gives every thread one part, so there are no chunks";
  return std::nullopt;
}

const BackendRegistration registration({
    .name = "new_threads",
    .summary = "a new std::thread for every part of the tasks",
    .traits = [](const Setup&) { return Traits{}; },
    .unsupported = unsupported,
    .make = make_backend<NewThreads>,
});

}  // namespace
}  // namespace breakeven
