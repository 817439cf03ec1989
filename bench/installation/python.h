// The Python interpreter that this program hands words to, and that the Python cells run in.
#pragma once

#include <string>
#include <vector>

namespace breakeven {

// The path of one that has these modules (none: what the analysis needs), as the script find-python chooses.
// Throws UsageError that says what to install. Starts processes: ask once.
std::string find_python(const std::vector<std::string>& modules = {});

// Becomes `python -m analysis WORDS` in the same process, so that signals reach it. `executable` is this
// program, for words that measure. Throws UsageError where there is no such interpreter or package.
[[noreturn]] void become_analysis(const std::vector<std::string>& words, const std::string& executable);

}  // namespace breakeven
