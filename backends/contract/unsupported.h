// Reasons to decline a setup that several backends share. Each is nullopt where it does not apply.
#pragma once

#include <optional>
#include <string>

#include "backends/backend.h"

namespace breakeven {

inline std::optional<std::string> chunk_without_map(const Setup& setup) {
  if (setup.dispatch == Dispatch::kMap || setup.chunk == 0) return std::nullopt;
  return "chunk applies to map; with submit every task is a call of its own";
}

}  // namespace breakeven
