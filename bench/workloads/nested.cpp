// nested/N: compute whose every task shares its steps among N threads of its own, as a task does that calls a BLAS or runs an
// OpenMP region. Each worker has one such inner pool, made by its first task and kept.
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include "backends/contract/error.h"
#include "backends/contract/workload.h"
#include "backends/thread_pool/thread_pool.h"
#include "bench/workloads/barrier.h"
#include "bench/workloads/chain.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"

namespace breakeven {
namespace {

constexpr const char* kPrefix = "nested/";
constexpr unsigned kMostThreads = 64;

// Of the calling thread. A process that was forked from this thread has a copy without its threads: that is left alone.
ThreadPool& inner_pool(unsigned threads) {
  thread_local pid_t process = 0;
  thread_local std::unique_ptr<ThreadPool> pool;
  if (process != ::getpid()) {
    static_cast<void>(pool.release());  // a worker that was forked ends without it, by _exit
    process = ::getpid();
  }
  if (!pool || pool->workers() != threads) pool = std::make_unique<ThreadPool>(threads);
  return *pool;  // NOLINT(clang-analyzer-cplusplus.NewDelete): the old pool is freed, and this is the new one
}

class Nested final : public Workload {
 public:
  Nested(const Shape& shape, unsigned threads) : payload_(shape), units_(shape.cost), threads_(threads) {}

  std::size_t input_size() const override { return kInputHeader; }
  std::size_t output_capacity() const override { return sizeof(std::uint64_t); }

  void fill(std::size_t task, MutableBytes input) const override { payload_.fill(task, task, input); }

  std::size_t run(Bytes input, MutableBytes output) const override {
    const auto task = load<std::uint64_t>(input);
    std::array<std::uint64_t, kMostThreads> states{};
    inner_pool(threads_).parallel_for(
        0, threads_,
        [&](std::size_t part) {
          const auto steps = units_ * (part + 1) / threads_ - units_ * part / threads_;
          states[part] = chain(task * kMostThreads + part, steps);
        },
        1);
    std::uint64_t all = 0;
    for (const auto state : states) all ^= state;
    store(all, output);
    finish();
    return sizeof(std::uint64_t);
  }

 private:
  const Payload payload_;
  const std::uint64_t units_;
  const unsigned threads_;
};

unsigned threads_of(const std::string& name) {
  const auto text = std::string_view(name).substr(std::strlen(kPrefix));
  unsigned threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc() || end != text.data() + text.size() || threads == 0 || threads > kMostThreads)
    throw UsageError(name + ": write how many threads a task has, from 1 to 64: nested/4");
  return threads;
}

const WorkloadFamilyRegistration registration({
    .name = kPrefix,
    .summary = "compute whose tasks have threads of their own: nested/4 has four",
    .make = [](const std::string& name) -> WorkloadFactory {
      const auto threads = threads_of(name);
      return {
          .name = name,
          .summary = "compute whose tasks have threads of their own",
          .unsupported = [](const Shape& shape) -> std::optional<std::string> {
            if (shape.in_bytes != 0 || shape.out_bytes != 0) return "nested has no payload; use compute";
            if (shape.extra != 0) return "nested has no extra work; use compute";
            return refuse("nested", shape, {.cost = true, .skew = false, .shared = false});
          },
          .make = [threads](const Shape& shape) { return std::make_unique<const Nested>(shape, threads); },
          .has_cost = true,
      };
    },
});

}  // namespace
}  // namespace breakeven
