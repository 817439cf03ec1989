// A program under test. Several can be measured in one schedule.
#pragma once

#include <string>

namespace breakeven {

struct Build {
  std::string name = "head";
  std::string executable;
  double extra = 0;  // real work added, as a fraction: to try out what a check can see
};

}  // namespace breakeven
