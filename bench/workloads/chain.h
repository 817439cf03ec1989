// Work of a known length that no CPU and no compiler shortens.
#pragma once

#include <cstdint>

#include "bench/workloads/barrier.h"

namespace breakeven {

// One unit is one step. Each waits for the last, so that no CPU and no compiler takes two at once.
inline std::uint64_t chain(std::uint64_t state, std::uint64_t units) {
  for (; units > 0; --units) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    forget(state);
  }
  return state;
}

}  // namespace breakeven
