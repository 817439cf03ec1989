// bare: compute's chain with no input and no output, so that nothing but the dispatch stands beside it;
// at cost 0 an empty task. (compute's tasks touch two cache lines each, which move between the cores
// with the task.)
#include "backends/contract/workload.h"
#include "bench/workloads/barrier.h"
#include "bench/workloads/chain.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"

namespace breakeven {
namespace {

class Bare final : public Workload {
 public:
  explicit Bare(const Shape& shape)
      : units_(shape.cost + fraction_of(shape.cost, shape.extra)), seed_(shape.seed) {}

  std::size_t input_size() const override { return 0; }
  std::size_t output_capacity() const override { return 0; }
  void fill(std::size_t, MutableBytes) const override {}

  std::size_t run(Bytes, MutableBytes) const override {
    if (units_ == 0) return 0;
    keep(chain(seed_, units_));
    finish();
    return 0;
  }

 private:
  const std::uint64_t units_, seed_;
};

const WorkloadRegistration registration({
    .name = "bare",
    .summary = "compute without input and output: nothing beside the dispatch; empty at cost 0",
    .unsupported = [](const Shape& shape) -> std::optional<std::string> {
      if (shape.in_bytes != 0 || shape.out_bytes != 0) return "bare has no payload; use compute";
      return refuse("bare", shape, {.cost = true, .skew = false, .shared = false});
    },
    .make = [](const Shape& shape) { return std::make_unique<const Bare>(shape); },
    .has_cost = true,
});

}  // namespace
}  // namespace breakeven
