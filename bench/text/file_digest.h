// A file's content as eight hex digits.
#pragma once

#include <string>

namespace breakeven {

// CRC-32. Throws UsageError where it cannot be read.
std::string file_digest(const std::string& path);

}  // namespace breakeven
