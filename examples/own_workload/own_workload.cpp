// Steps of the Collatz sequence from 10^15 + task to 1: a function of one's own, in every backend.
#include "bench/own_workload.h"

using namespace breakeven;

static const OwnWorkload collatz(
    "collatz", sizeof(std::uint64_t), sizeof(std::uint64_t),
    [](std::size_t task, MutableBytes input) { store<std::uint64_t>(1'000'000'000'000'000 + task, input); },
    [](Bytes input, MutableBytes output) {
      std::uint64_t steps = 0;
      for (auto n = load<std::uint64_t>(input); n != 1; ++steps) n = n % 2 ? 3 * n + 1 : n / 2;
      store(steps, output);
      return sizeof steps;
    });
