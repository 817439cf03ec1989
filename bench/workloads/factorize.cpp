// factorize: naive trial division of the 300 numbers whose timing began the debate, one number a task.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <mutex>
#include <vector>

#include "backends/contract/workload.h"
#include "bench/workloads/barrier.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"

namespace breakeven {
namespace {

constexpr std::uint64_t kFirstNumber = 999999999999;
constexpr std::size_t kMostFactors = 63;  // of a 64-bit number: 2^63
constexpr std::size_t kOutputHeader = 8;  // CRC-32 of the tail, number of factors

struct Factors {
  std::size_t count = 0;
  std::uint64_t steps = 0;  // divisions whose remainder was asked for
  std::array<std::uint64_t, kMostFactors> values;
};

// 2 first, then every odd divisor. Naive on purpose: this loop is the work.
void factorize(std::uint64_t n, Factors& factors) {
  if (n < 2) return;
  const auto divide_out = [&](std::uint64_t p) {
    for (; n % p == 0; n /= p) factors.values[factors.count++] = p;
  };
  divide_out(2);
  std::uint64_t p = 3;
  // The first condition holds for every divisor whose square is a 64-bit number; it costs nothing.
  for (; p <= UINT32_MAX && p * p <= n; p += 2) divide_out(p);
  factors.steps = 1 + (p - 3) / 2 + factors.count;
  if (n > 1) factors.values[factors.count++] = n;
}

// Divisions once more, evenly spread over the divisors of the first time, since small ones cost more.
void divide_again(std::uint64_t n, std::uint64_t steps, std::uint64_t again) {
  const std::uint64_t stride = (steps << 32) / again;  // in divisors, 32 bits behind the point
  std::uint64_t remainders = 0;
  for (std::uint64_t position = 0; again > 0; --again, position += stride) {
    remainders += n % (3 + 2 * (position >> 32));
  }
  keep(remainders);
}

// Factors::steps of the odd numbers first, first + 2, ...: `count` of them in about the time of a single one,
// since a divisor meets its multiples alone. Where a number's search ends follows from the last divisor that
// it met and from what was left of it then.
std::vector<double> steps_of_odd_numbers(std::uint64_t first, std::size_t count) {
  struct Search {
    std::uint64_t rest, last = 1, divided = 0;
  };
  std::vector<Search> searches;
  for (std::uint64_t i = 0; i < count; ++i) searches.push_back({.rest = first + 2 * i});
  for (std::uint64_t p = 3; count > 0 && p * p <= first + 2 * (count - 1); p += 2) {
    const std::uint64_t gap = p - 1 - (first - 1) % p;  // from `first` to the next multiple; to an odd one:
    for (std::uint64_t i = (gap % 2 == 0 ? gap : gap + p) / 2; i < count; i += p) {
      Search& search = searches[i];
      if (p * p > search.rest) continue;  // its search ended before this divisor
      for (; search.rest % p == 0; search.rest /= p) ++search.divided;
      search.last = p;
    }
  }
  std::vector<double> steps;
  for (const auto& [rest, last, divided] : searches) {
    const auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(rest)));  // exact below 2^52
    const auto end = std::max(last + 2, (root + 1) | 1);
    const std::uint64_t odd_divisors = (end - 3) / 2;
    steps.push_back(static_cast<double>(1 + odd_divisors + divided));
  }
  return steps;
}

class Factorize final : public Workload {
 public:
  explicit Factorize(const Shape& shape) : shape_(shape), payload_(shape) {}

  std::size_t input_size() const override { return kInputHeader + shape_.in_bytes; }
  std::size_t output_capacity() const override {
    return kOutputHeader + kMostFactors * sizeof(std::uint64_t) + shape_.out_bytes;
  }

  void fill(std::size_t task, MutableBytes input) const override { payload_.fill(task, number(task), input); }

  std::size_t run(Bytes input, MutableBytes output) const override {
    const auto n = load<std::uint64_t>(input);
    Factors factors;
    factorize(n, factors);
    if (const auto again = fraction_of(factors.steps, shape_.extra)) divide_again(n, factors.steps, again);

    store(static_cast<std::uint32_t>(factors.count), output, 4);
    const auto factor_bytes = factors.count * sizeof(std::uint64_t);
    std::memcpy(output.data() + kOutputHeader, factors.values.data(), factor_bytes);
    const auto header = kOutputHeader + factor_bytes;
    store(payload_.carry(input, output.subspan(header, shape_.out_bytes)), output);
    return header + shape_.out_bytes;
  }

  double weight(std::size_t task) const override {
    std::call_once(weighed_, [this] { weights_ = steps_of_odd_numbers(kFirstNumber, shape_.tasks); });
    return weights_[task];
  }

 private:
  static std::uint64_t number(std::size_t task) { return kFirstNumber + 2 * std::uint64_t{task}; }

  const Shape shape_;
  const Payload payload_;
  mutable std::once_flag weighed_;  // by the one backend that asks, and not before it does
  mutable std::vector<double> weights_;
};

const WorkloadRegistration registration({
    .name = "factorize",
    .summary = "naive trial division of 999999999999 + 2*task",
    .unsupported = [](const Shape& shape) { return refuse("factorize", shape, {}); },
    .make = [](const Shape& shape) { return std::make_unique<const Factorize>(shape); },
});

}  // namespace
}  // namespace breakeven
