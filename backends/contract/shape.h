// What a job looks like, independent of who runs it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace breakeven {

struct Shape {
  std::size_t tasks = 0;
  std::size_t in_bytes = 0;   // payload into each task, bytes; a workload's small header is not counted
  std::size_t out_bytes = 0;  // payload out of each task, bytes; likewise
  std::uint64_t cost = 0;     // kernel units of one task; 0 where the input alone decides
  double skew = 0;  // 0: equal tasks; s: cost of task i is cost * (s+1) * u^s, u uniform from hash(i)
  std::size_t shared_bytes = 0;  // read-only input that all tasks use
  std::uint64_t seed = 1;
  double extra = 0;  // this fraction of real work more (0.05 = 5 %), with the same output

  friend bool operator==(const Shape&, const Shape&) = default;
};

}  // namespace breakeven
