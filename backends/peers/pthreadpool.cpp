// pthreadpool (of XNNPACK and PyTorch): parallel loops, the caller being one of the threads.
#include <pthreadpool.h>

#include <memory>
#include <new>
#include <thread>

#include "backends/backend.h"
#include "backends/peers/thread_numbers.h"

namespace breakeven {
namespace {

class PThreadPool : public Backend {
 public:
  explicit PThreadPool(const Plan& plan)
      : workers_(plan.workers),
        chunk_(plan.chunk),
        flags_(plan.options.at("idle") == "yield" ? PTHREADPOOL_FLAG_YIELD_WORKERS : 0) {}

  // Numbers are taken in a loop of one index a thread, each of which waits for the others.
  void start() override {
    pool_.reset(pthreadpool_create(workers_));
    if (!pool_) throw std::bad_alloc();
    const auto take_number = [](void* self, std::size_t) {
      auto& backend = *static_cast<PThreadPool*>(self);
      backend.numbers_.mine();
      while (backend.numbers_.count() < backend.workers_) std::this_thread::yield();
    };
    pthreadpool_parallelize_1d(pool_.get(), take_number, this, workers_, flags_);
  }

  Outcome run(Job& job) override {
    Context context{this, &job};
    if (chunk_ <= 1) {
      pthreadpool_parallelize_1d(pool_.get(), run_one, &context, job.size(), flags_);
    } else {
      pthreadpool_parallelize_1d_tile_1d(pool_.get(), run_tile, &context, job.size(), chunk_, flags_);
    }
    return {};
  }

  std::vector<WorkerId> workers() const override { return numbers_.others(); }

 private:
  struct Context {
    PThreadPool* self;
    Job* job;
  };
  static void run_one(void* context, std::size_t task) { run_tile(context, task, 1); }
  static void run_tile(void* context, std::size_t first, std::size_t tasks) {
    const auto& [self, job] = *static_cast<Context*>(context);
    job->execute(self->numbers_.mine(), first, first + tasks);
  }

  const unsigned workers_;
  const std::size_t chunk_;  // 0: the library's own, which is 1
  const std::uint32_t flags_;
  ThreadNumbers numbers_;
  std::unique_ptr<pthreadpool, decltype(&pthreadpool_destroy)> pool_{nullptr, pthreadpool_destroy};
};

const BackendRegistration registration({
    .name = "pthreadpool",
    .summary = "pthreadpool: loops over private ranges with stealing; idle threads spin for some 20 ms",
    .options = {{.name = "idle",
                 .values = {"spin", "yield"},
                 .help = "PTHREADPOOL_FLAG_YIELD_WORKERS: whether threads sleep at once after a loop"}},
    .traits = [](const Setup&) { return Traits{.caller_works = true}; },
    .unsupported = [](const Setup& setup) -> std::optional<std::string> {
      if (setup.dispatch == Dispatch::kSubmit) return "pthreadpool has loops and no single tasks; only map";
      return std::nullopt;
    },
    .make = make_backend<PThreadPool>,
});

}  // namespace
}  // namespace breakeven
