// Boost.Asio's thread_pool: one post() per task. The caller waits and does not work.
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdint>
#include <future>
#include <latch>
#include <optional>

#include "backends/backend.h"
#include "backends/peers/thread_numbers.h"

namespace breakeven {
namespace {

class Asio : public Backend {
 public:
  explicit Asio(const Plan& plan)
      : workers_(plan.workers),
        futures_(plan.options.at("result") == "future"),
        numbered_(plan.workers + 1) {}

  ~Asio() override {
    if (pool_) pool_->join();
  }

  // Every thread takes its number: none can take two, since each waits for the others.
  void start() override {
    pool_.emplace(workers_);
    for (unsigned i = 0; i < workers_; ++i) {
      boost::asio::post(*pool_, [this] {
        numbers_.mine();
        numbered_.arrive_and_wait();
      });
    }
    numbered_.arrive_and_wait();
  }

  Outcome run(Job& job) override {
    futures_ ? run_futures(job) : run_posts(job);
    return {};
  }

  std::vector<WorkerId> workers() const override { return numbers_.others(); }

 private:
  // Asio has no group: a counter waits for all of them.
  void run_posts(Job& job) {
    left_.store(static_cast<std::uint32_t>(job.size()), std::memory_order_relaxed);  // published by post()
    for (std::size_t task = 0; task < job.size(); ++task) {
      boost::asio::post(*pool_, [this, &job, task] {
        job.execute(numbers_.mine(), task, task + 1);
        if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
      });
    }
    for (auto left = left_.load(std::memory_order_acquire); left != 0;) {
      left_.wait(left, std::memory_order_acquire);
      left = left_.load(std::memory_order_acquire);
    }
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
  // A thread may still look at what it waited for, or woke the caller with, when the caller has gone on. So
  // both outlive the threads: on the caller's stack, a thread that wakes up late would read what stands there
  // by then, and wait for ever.
  std::latch numbered_;
  // Of the futex's own size: a larger one would wait through the library's table of proxies.
  alignas(128) std::atomic<std::uint32_t> left_ = 0;
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
