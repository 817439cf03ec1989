// A backend in C++: change MyPool to what you want to measure. It becomes a part of a program that is a cell as well,
// with the timing and the payload of Breakeven's own.
#include <atomic>
#include <thread>

#include "backends/backend.h"

namespace {

using namespace breakeven;

class MyPool final : public Backend {
 public:
  explicit MyPool(const Plan& plan) : workers_(plan.workers), chunk_(plan.chunk ? plan.chunk : 1) {}

  void start() override {}  // what is kept between runs is made here, and ended by the destructor

  // job.execute(worker, first, last) runs tasks; a worker's number is less than workers, and no two use one at a time.
  Outcome run(Job& job) override {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> threads;
    for (unsigned worker = 0; worker < workers_; ++worker) {
      threads.emplace_back([&, worker] {
        for (std::size_t first; (first = next.fetch_add(chunk_)) < job.size();)
          job.execute(worker, first, std::min(first + chunk_, job.size()));
      });
    }
    return {};
  }

 private:
  const unsigned workers_;
  const std::size_t chunk_;
};

const BackendRegistration registration({
    .name = "my_pool",
    .summary = "my pool",
    .traits = [](const Setup&) { return Traits{}; },
    .unsupported = [](const Setup&) -> std::optional<std::string> { return std::nullopt; },
    .make = make_backend<MyPool>,
});

}  // namespace
