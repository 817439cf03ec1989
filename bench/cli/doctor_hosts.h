// `breakeven doctor --hosts FILE`.
#pragma once

#include <string>

namespace breakeven {

// Asks each host, measures the links to the first one, and says what is wrong. 0: each can be used; 1: one cannot. Throws
// UsageError.
int examine_hosts(const std::string& given, bool json);

}  // namespace breakeven
