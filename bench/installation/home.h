// Where the files of this installation are, found from where the program is, so that it can move.
#pragma once

#include <filesystem>
#include <vector>

namespace breakeven {

// This program's own file. Throws UsageError where /proc is not mounted: nothing can be measured without it.
std::filesystem::path program_path();

// The path of what lies in this installation's share/breakeven: `suites`, `manifests`, `cell`, `python`. That folder is
// sought beside the program's own folder, in it, where breakeven_add() said when it built the program, and where the
// environment variable BREAKEVEN_HOME says, for a program that was copied away from its files.
// Throws UsageError that says what is missing, and where it was sought.
std::filesystem::path home(const std::filesystem::path& part);

// The files of that folder of it, sorted by name. Throws UsageError likewise.
std::vector<std::filesystem::path> home_files(const std::filesystem::path& folder);

}  // namespace breakeven
