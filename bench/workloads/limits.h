// Which shapes make sense for a built-in workload, said in one line where they do not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/contract/shape.h"

namespace breakeven {

// A task's cost stays below this many units, some 20 minutes of compute.
inline constexpr unsigned kUnitBits = 40;
inline constexpr std::uint64_t kMaxUnits = (std::uint64_t{1} << kUnitBits) - 1;

// What a workload makes of a shape beyond tasks, payload, seed and extra.
struct Uses {
  bool cost = false;
  bool skew = false;
  bool shared = false;
};

// Why the shape has a field out of range, or one that the workload does not use; else nullopt.
std::optional<std::string> refuse(std::string_view workload, const Shape& shape, Uses uses);

}  // namespace breakeven
