#include "bench/installation/home.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "backends/contract/error.h"

// Only the programs of other projects have it: the source that breakeven::main adds to them defines it.
extern "C" __attribute__((weak)) const char* const breakeven_home;

namespace breakeven {

namespace fs = std::filesystem;

fs::path program_path() {
  std::error_code error;
  auto path = fs::read_symlink("/proc/self/exe", error);
  if (error)
    throw UsageError(
        "/proc is not mounted here, and all that is measured is read from it; mount it: "
        "mount -t proc proc /proc");
  return path;
}

fs::path home(const fs::path& part) {
  const auto program = program_path(), folder = program.parent_path();
  std::vector<fs::path> places = {folder.parent_path() / "share/breakeven", folder / "share/breakeven"};
  if (&breakeven_home) places.emplace_back(breakeven_home);
  if (const char* given = std::getenv("BREAKEVEN_HOME")) places.emplace_back(given);
  std::string sought;
  for (const auto& place : places) {
    if (std::error_code error; fs::exists(place / part, error)) return place / part;
    sought += (sought.empty() ? "" : ", ") + place.string();
  }
  throw UsageError(program.string() + ": the folder share/breakeven with its " + part.string() +
                   " is missing (sought: " + sought +
                   "); install breakeven anew, move bin/, lib/ and share/ together, or set "
                   "BREAKEVEN_HOME to that folder");
}

std::vector<fs::path> home_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(home(folder))) files.push_back(file.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace breakeven
