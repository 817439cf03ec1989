// Steps of the Collatz sequence from 10^15 + task to 1: a function of one's own, in every backend.
#include "bench/own_function.h"

static unsigned steps(const std::uint64_t& start) {
  unsigned count = 0;
  for (auto n = start; n != 1; ++count) n = n % 2 ? 3 * n + 1 : n / 2;
  return count;
}
static const auto collatz = breakeven::own_function<std::uint64_t, unsigned>(
    "collatz", [](std::size_t task) { return 1'000'000'000'000'000 + task; }, steps);
