// Which of Python's pools are measured by other interpreters than the usual one.
#pragma once

#include <string>
#include <vector>

#include "bench/plan/suite.h"

namespace breakeven {

// Those of the usual interpreter, and what others of this machine have that it has not: threads without a lock, and
// interpreters with a lock each.
std::vector<std::string> pythons_pools(const std::vector<std::string>& given);

// Each grid with a backend of Python's gets it by each of these interpreters too, and what only newer ones have.
void add_interpreters(Suite& suite, const Catalogue& catalogue);

}  // namespace breakeven
