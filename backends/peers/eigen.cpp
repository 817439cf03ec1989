// Eigen's ThreadPool, as TensorFlow uses it: one Schedule() per task. The caller waits and does not work.
#include <algorithm>
#include <optional>
#include <unsupported/Eigen/CXX11/ThreadPool>

#include "backends/backend.h"
#include "backends/peers/countdown.h"
#include "backends/peers/thread_numbers.h"

namespace breakeven {
namespace {

class EigenPool : public Backend {
 public:
  explicit EigenPool(const Plan& plan)
      : workers_(plan.workers), spinning_(plan.options.at("spinning") == "on") {}

  void start() override {
    pool_.emplace(static_cast<int>(workers_), spinning_);
    numbers_.take_all(workers_, [this](auto task) { pool_->Schedule(task); });
  }

  // No more at once than one of its queues holds: where that is full the caller would run the task, and it is none of the
  // workers.
  Outcome run(Job& job) override {
    for (std::size_t first = 0; first < job.size(); first += kQueue) {
      const auto last = std::min(job.size(), first + kQueue);
      countdown_.begin(last - first);
      for (std::size_t task = first; task < last; ++task) {
        pool_->Schedule([this, &job, task] {
          job.execute(numbers_.mine(), task, task + 1);
          countdown_.one_done();
        });
      }
      countdown_.wait();
    }
    return {};
  }

  std::vector<WorkerId> workers() const override { return numbers_.others(); }

 private:
  static constexpr std::size_t kQueue = 1024;  // ThreadPoolTempl's own constant

  const unsigned workers_;
  const bool spinning_;
  ThreadNumbers numbers_;
  Countdown countdown_;
  std::optional<Eigen::ThreadPool> pool_;  // last: its threads end first
};

const BackendRegistration registration({
    .name = "eigen",
    .summary = "Eigen's ThreadPool: a Schedule per task",
    .options = {{.name = "spinning",
                 .values = {"on", "off"},
                 .help = "whether its idle threads spin before they sleep; on is its default"}},
    .traits = [](const Setup&) { return Traits{}; },
    .unsupported = [](const Setup& setup) -> std::optional<std::string> {
      if (setup.dispatch == Dispatch::kMap) return "Eigen's ThreadPool has no loop; only submit";
      return std::nullopt;
    },
    .make = make_backend<EigenPool>,
});

}  // namespace
}  // namespace breakeven
