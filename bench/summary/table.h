// The terminal's answer: per shape, the backends ranked by speed-up.
#pragma once

#include <ostream>

#include "bench/judge/history.h"

namespace breakeven {

void print_table(std::ostream& out, const std::vector<PlannedCase>& cases, const History& history,
                 std::size_t build);

}  // namespace breakeven
