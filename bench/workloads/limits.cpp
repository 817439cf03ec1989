#include "bench/workloads/limits.h"

namespace breakeven {

std::optional<std::string> refuse(std::string_view workload, const Shape& shape, Uses uses) {
  const auto unused = [&](std::string_view field) {
    return std::string(workload) + " does not use " + std::string(field) + "; leave it at 0, or use compute";
  };
  if (!(shape.extra >= 0 && shape.extra <= 100)) return "extra goes from 0 (nothing) to 100; 0.05 is 5 %";
  if (!(shape.skew >= 0 && shape.skew <= 8)) return "skew goes from 0 (equal tasks) to 8";
  if (shape.cost != 0 && !uses.cost) return unused("cost");
  if (shape.skew != 0 && !uses.skew) return unused("skew");
  if (shape.shared_bytes != 0 && !uses.shared) return unused("shared_bytes");
  if (static_cast<double>(shape.cost) * (shape.skew + 1) >= static_cast<double>(kMaxUnits)) {
    return "a task would cost 2^40 units or more; use a smaller cost";
  }
  return std::nullopt;
}

}  // namespace breakeven
