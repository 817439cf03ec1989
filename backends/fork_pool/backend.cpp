// The backend `fork_pool`: persistent forked workers, the payload carried by a transport.
#include "backends/backend.h"

#include <algorithm>

#include "backends/contract/unsupported.h"
#include "backends/fork_pool/fork_pool.h"
#include "backends/fork_pool/transports/transport.h"

namespace breakeven {
namespace {

using fork_pool::Settings;

Settings settings_of(const Setup& setup) {
  return {.workers = setup.workers,
          .caller_works = setup.options.at("help") == "on",
          .deadline = setup.deadline,
          .transport = setup.options.at("transport")};
}

Settings settings_of(const Plan& plan) {
  auto settings = settings_of(static_cast<const Setup&>(plan));
  settings.task_bytes = std::max(plan.workload.input_size(), plan.workload.output_capacity());
  return settings;
}

std::vector<std::string> variants() {
  std::vector<std::string> all;
  for (const auto& name : fork_pool::transport_names()) all.push_back('/' + name);
  return all;
}

// A job as the pool sees it.
class JobTasks final : public fork_pool::TaskSet {
 public:
  explicit JobTasks(Job& job)
      : job_(job), input_size_(job.input_size()), output_capacity_(job.output_capacity()) {}

  std::size_t size() const override { return job_.size(); }
  std::size_t input_size() const override { return input_size_; }
  std::size_t output_capacity() const override { return output_capacity_; }
  Bytes input(std::size_t task) const override { return job_.input(task); }
  MutableBytes output(std::size_t task) override { return job_.output(task); }
  bool varies() const override { return job_.has_objects(); }
  std::size_t input_bytes(std::size_t task) const override { return job_.input_bytes(task); }
  void prepare(std::size_t first, std::size_t last) override { job_.serialise(first, last); }
  std::optional<fork_pool::Layout> layout() override {
    if (job_.size() == 0) return fork_pool::Layout{.memory = job_.memory_id()};
    return fork_pool::Layout{job_.input(0).data(), job_.input_stride(), job_.output(0).data(),
                             job_.output_stride(), job_.memory_id()};
  }
  void complete(unsigned worker, std::size_t task, const fork_pool::Result& result) noexcept override {
    job_.complete(worker, task, result);
  }
  void execute(const fork_pool::Function& /*the workload's*/, unsigned worker, std::size_t first,
               std::size_t last) noexcept override {
    job_.execute(worker, first, last);
  }

 private:
  Job& job_;
  std::size_t input_size_, output_capacity_;
};

class ForkPool final : public Backend {
 public:
  explicit ForkPool(const Plan& plan)
      : workload_(plan.workload),
        chunk_(plan.dispatch == Dispatch::kSubmit ? 1 : plan.chunk),
        pool_([this](Bytes input, MutableBytes output) { return workload_.run(input, output); },
              settings_of(plan)) {}

  void start() override { pool_.start(); }

  Outcome run(Job& job) override {
    JobTasks tasks(job);
    return pool_.run(tasks, chunk_);
  }

  std::vector<WorkerId> workers() const override {
    std::vector<WorkerId> ids;
    for (const pid_t pid : pool_.workers()) ids.push_back({WorkerId::Kind::kProcess, pid});
    return ids;
  }

 private:
  const Workload& workload_;
  const std::size_t chunk_;
  fork_pool::Pool pool_;
};

const BackendRegistration registration({
    .name = "fork_pool",
    .summary = "persistent forked worker processes; the payload crosses by a transport",
    .options = {{"transport", fork_pool::transport_names(), "how bytes cross between the processes"},
                {"help",
                 {"on", "off"},
                 "whether the caller runs tasks too, as one of the workers; a deadline implies off"}},
    .variants = variants(),
    .traits =
        [](const Setup& setup) {
          return Traits{.payload = fork_pool::transport_memory(setup.options.at("transport")),
                        .processes = fork_pool::forked_workers(settings_of(setup)) != 0,
                        .caller_works = fork_pool::caller_works(settings_of(setup)),
                        .binds = setup.options.at("transport") != "inherit",
                        .baseline = "serial"};
        },
    .unsupported = chunk_without_map,
    .make = make_backend<ForkPool>,
});

}  // namespace
}  // namespace breakeven
