// compute: a chain of dependent steps of known length, from 5 ns to 10 ms, beside payload of any size.
#include <algorithm>
#include <cmath>

#include "backends/contract/workload.h"
#include "bench/workloads/barrier.h"
#include "bench/workloads/chain.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"

namespace breakeven {
namespace {

constexpr std::size_t kOutputHeader = 16;  // CRC-32 of the tail, CRC-32 of the shared slice, final state

// An input header holds the units of the task in its low bits and the index of its shared slice above them.
constexpr std::size_t kMaxSlices = std::size_t{1} << (64 - kUnitBits);

// cost * (skew+1) * u^skew with u uniform in (0, 1]: its mean is cost for every skew.
std::uint64_t units_of(const Shape& shape, std::size_t task) {
  if (shape.cost == 0 || shape.skew == 0) return shape.cost;
  const double u = static_cast<double>((SplitMix64(task).next() >> 11) + 1) * 0x1p-53;
  const double units = static_cast<double>(shape.cost) * (shape.skew + 1) * std::pow(u, shape.skew);
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(units)));
}

// One copy of the loop for the work and for what Shape::extra adds to it: two copies lie differently in the code, and where one of
// them crosses more lines its steps are dearer (5 % more work took 5.9 % more time).
[[gnu::noinline]] std::uint64_t steps(std::uint64_t state, std::uint64_t units) {
  return chain(state, units);
}

class Compute final : public Workload {
 public:
  explicit Compute(const Shape& shape) : shape_(shape), payload_(shape), shared_(shape, payload_) {}

  std::size_t input_size() const override { return kInputHeader + shape_.in_bytes; }
  std::size_t output_capacity() const override { return kOutputHeader + shape_.out_bytes; }

  void fill(std::size_t task, MutableBytes input) const override {
    const std::uint64_t slice = shared_.slices() ? task % std::min(shared_.slices(), kMaxSlices) : 0;
    payload_.fill(task, units_of(shape_, task) | slice << kUnitBits, input);
  }

  std::size_t run(Bytes input, MutableBytes output) const override {
    const auto header = load<std::uint64_t>(input);
    const auto units = header & kMaxUnits;
    const auto state = steps(header ^ 0x9E3779B97F4A7C15ULL, units);
    store(state, output, 8);
    if (const auto again = fraction_of(units, shape_.extra)) keep(steps(state, again));

    store(payload_.carry(input, output.subspan(kOutputHeader, shape_.out_bytes)), output);
    store(shared_.slices() ? payload_.checksum(shared_.slice(header >> kUnitBits)) : 0, output, 4);
    if (units > 0) finish();
    return kOutputHeader + shape_.out_bytes;
  }

  double weight(std::size_t task) const override {
    return static_cast<double>(std::max<std::uint64_t>(1, units_of(shape_, task)));
  }

 private:
  const Shape shape_;
  const Payload payload_;
  const SharedInput shared_;
};

const WorkloadRegistration registration({
    .name = "compute",
    .summary = "a chain of dependent multiplications, as long as cost says; skewed where skew says",
    .unsupported =
        [](const Shape& shape) {
          return refuse("compute", shape, {.cost = true, .skew = true, .shared = true});
        },
    .make = [](const Shape& shape) { return std::make_unique<const Compute>(shape); },
    .has_cost = true,
});

}  // namespace
}  // namespace breakeven
