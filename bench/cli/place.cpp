#include "bench/cli/place.h"

#include <ctime>
#include <filesystem>

#include "backends/contract/error.h"
#include "bench/text/output.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;

bool reads_as_a_size(const std::string& out) {
  try {
    parse_bytes(out);
    return !fs::exists(out);
  } catch (const UsageError&) {
    return false;
  }
}

void refuse_occupied(const fs::path& path) {
  if (fs::exists(fs::symlink_status(path))) {
    throw OutputError(path.string() +
                      ": exists already and is not replaced; choose another --out, or move it");
  }
}

}  // namespace

std::string given_place(const std::string& out) {
  if (reads_as_a_size(out)) {
    throw UsageError("--out " + out + ": reads as a size; payload out of each task is --back " + out +
                     ", and --out is where results go");
  }
  const fs::path path = fs::path(out).extension() == ".json" && !fs::is_directory(out)
                            ? fs::path(out)
                            : fs::path(out) / "results.json";
  refuse_occupied(path);
  refuse_occupied(path.parent_path() / "journal.jsonl");
  return path.string();
}

std::string fresh_place(const std::string& suite) {
  const std::time_t now = std::time(nullptr);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", std::gmtime(&now));
  const auto wish = fs::path("results") / (suite + "-" + stamp);
  auto folder = wish;
  for (int i = 2; fs::exists(folder); ++i) folder = wish.string() + "-" + std::to_string(i);
  return (folder / "results.json").string();
}

void point_latest(const std::string& results) {
  const auto folder = fs::path(results).parent_path();
  point_link((folder.parent_path() / "latest").string(), folder.filename().string());
}

}  // namespace breakeven
