// A chain of dependent steps that reads memory on its way: so many words for each block of steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/workloads/chain.h"
#include "bench/workloads/payload.h"

namespace breakeven {

// Immutable and thread-safe.
class Traffic {
 public:
  static constexpr std::uint64_t kBlock = 64;                          // steps between two readings
  static constexpr std::size_t kBeyondCaches = std::size_t{64} << 20;  // bytes

  // Words of eight bytes for each block, from a buffer of `span` bytes: whole pages, at least one.
  explicit Traffic(std::size_t words, std::size_t span = kBeyondCaches);

  // The last state of the chain, and the sum of what was read. Tasks begin at pages of their own, so that none finds what
  // another has fetched.
  std::pair<std::uint64_t, std::uint64_t> along(std::uint64_t task, std::uint64_t state,
                                                std::uint64_t steps) const {
    if (words_ == 0) return {chain(state, steps), 0};
    return reading(task, state, steps);
  }

 private:
  using Buffer = std::vector<std::uint64_t>;
  static const Buffer& buffer_of(std::size_t span);
  std::pair<std::uint64_t, std::uint64_t> reading(std::uint64_t task, std::uint64_t state,
                                                  std::uint64_t steps) const;

  std::size_t words_;
  const Buffer* buffer_;
};

}  // namespace breakeven
