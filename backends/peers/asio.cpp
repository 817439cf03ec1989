// Boost.Asio's thread_pool: one post() per task. The caller waits and does not work.
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <optional>

#include "backends/backend.h"
#include "backends/peers/countdown.h"
#include "backends/peers/thread_numbers.h"

namespace breakeven {
namespace {

class Asio : public Backend {
 public:
  explicit Asio(const Plan& plan) : workers_(plan.workers), futures_(plan.options.at("result") == "future") {}

  ~Asio() override {
    if (pool_) pool_->join();
  }

  void start() override {
    pool_.emplace(workers_);
    numbers_.take_all(workers_, [this](auto task) { boost::asio::post(*pool_, task); });
  }

  Outcome run(Job& job) override {
    futures_ ? run_futures(job) : run_posts(job);
    return {};
  }

  std::vector<WorkerId> workers() const override { return numbers_.others(); }

 private:
  // Asio has no group: a counter waits for all of them.
  void run_posts(Job& job) {
    countdown_.begin(job.size());
    for (std::size_t task = 0; task < job.size(); ++task) {
      boost::asio::post(*pool_, [this, &job, task] {
        job.execute(numbers_.mine(), task, task + 1);
        countdown_.one_done();
      });
    }
    countdown_.wait();
  }

  void run_futures(Job& job) {
    std::vector<std::future<void>> futures;
    futures.reserve(job.size());
    for (std::size_t task = 0; task < job.size(); ++task) {
      futures.push_back(boost::asio::post(*pool_, boost::asio::use_future([this, &job, task] {
        job.execute(numbers_.mine(), task, task + 1);
      })));
    }
    for (auto& future : futures) future.get();
  }

  const unsigned workers_;
  const bool futures_;
  ThreadNumbers numbers_;
  Countdown countdown_;
  std::optional<boost::asio::thread_pool> pool_;
};

const BackendRegistration registration({
    .name = "asio",
    .summary = "Boost.Asio's thread_pool: a post per task",
    .options = {{.name = "result",
                 .values = {"counter", "future"},
                 .help = "how the caller learns of the end: one counter, or use_future for each task"}},
    .traits = [](const Setup&) { return Traits{}; },
    .unsupported = [](const Setup& setup) -> std::optional<std::string> {
      if (setup.dispatch == Dispatch::kMap) return "Boost.Asio's thread_pool has no loop; only submit";
      return std::nullopt;
    },
    .make = make_backend<Asio>,
});

}  // namespace
}  // namespace breakeven
