// A workload of another project.
#include "bench/own_workload.h"

#if __has_include("bench/cli/commands.h") || __has_include("backends/fork_pool/pool/worker_set.h") || \
                                                           __has_include("tests/consumers/own.cpp")
#error "more of the tree than its public headers is on the include path"
#endif

using namespace breakeven;

static const OwnWorkload sum(
    "sum_of_squares", sizeof(std::uint64_t), sizeof(std::uint64_t),
    [](std::size_t task, MutableBytes input) { store<std::uint64_t>(task, input); },
    [](Bytes input, MutableBytes output) {
      std::uint64_t total = load<std::uint64_t>(input);
      for (std::uint64_t i = 0; i < 1000; ++i) total += i * i;
      store(total, output);
      return sizeof total;
    });
