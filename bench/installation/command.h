// A small program of the installation, or of the system, that is asked something.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace breakeven {

// What the command prints, standard error included, without the last line's end; and whether it ended well.
std::pair<std::string, bool> output_of(const std::vector<std::string>& command);

}  // namespace breakeven
