// What came of one run of a batch of tasks, beside the results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace breakeven {

// A task without a result because its worker ended while running it.
struct Loss {
  std::size_t task = 0;
  unsigned worker = 0;
  int signal = 0;     // that ended the worker, or 0
  int exit_code = 0;  // where no signal did; -1 where other code of the program reaped the worker first
};

struct Outcome {
  std::uint64_t bytes_moved = 0;  // payload and headers that crossed an address space, both directions
  std::vector<Loss> losses = {};
};

}  // namespace breakeven
