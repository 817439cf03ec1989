// How findings write their figures.
#pragma once

#include <string>

#include "bench/text/json_reader.h"

namespace breakeven {

std::string figure(double value);      // three significant digits: "1.5", "0.0312"
std::string percentage(double share);  // 0.031 is "3.1 %"
std::string plain(std::string text);   // on one line, without what steers a terminal: those bytes become "?"
std::string counted(std::size_t count, const std::string& noun);  // "1 CPU", "2 CPUs"

}  // namespace breakeven
