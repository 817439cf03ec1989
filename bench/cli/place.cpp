#include "bench/cli/place.h"

#include <ctime>
#include <filesystem>

#include "backends/contract/error.h"
#include "bench/plan/run_plan.h"
#include "bench/text/output.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;

bool reads_as_a_size(const std::string& out) {
  try {
    parse_bytes(out);
    std::error_code ignored;
    return !fs::exists(out, ignored);
  } catch (const UsageError&) {
    return false;
  }
}

void refuse_occupied(const fs::path& path) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(path, error))) {
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
  if (out.ends_with(".jsonl")) {
    throw UsageError("--out " + out +
                     ": names a journal, which stands beside the results; give a folder, or a file "
                     "that ends in .json");
  }
  std::error_code ignored;  // what cannot be looked at is refused below
  const fs::path path = fs::path(out).extension() == ".json" && !fs::is_directory(out, ignored)
                            ? fs::path(out)
                            : fs::path(out) / "results.json";
  refuse_occupied(path);
  refuse_occupied(journal_beside(path));
  return path.string();
}

void refuse_unwritable(const std::string& results, bool is_latest) {
  make_folder(fs::path(results).parent_path());
  const AtomicFile probe(results);  // gone again with the scope
  const auto latest = fs::path(results).parent_path().parent_path() / "latest";
  std::error_code error;
  if (is_latest && fs::exists(fs::symlink_status(latest, error)) && !fs::is_symlink(latest, error)) {
    throw OutputError(latest.string() +
                      ": is not a link that can point to the last run; move it, or choose a place with "
                      "--out");
  }
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
