#include "bench/run/identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

namespace breakeven {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 300;  // beside a script; a folder with more is not a cell's own

}  // namespace

Identity::~Identity() {
  for (const auto& [path, fd] : programs_) {
    if (fd >= 0) ::close(fd);
  }
}

Identity::Stamp Identity::stamp_of(int fd) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) return {};
  return {found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size),
          found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
}

Identity::Stamp Identity::stamp_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size),
          found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
}

int Identity::program(const std::string& path) {
  const auto [found, is_new] = programs_.try_emplace(path, -1);
  if (is_new) {
    found->second = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (found->second >= 0) opened_.emplace(path, stamp_of(found->second));
  }
  return found->second;
}

void Identity::watch(const std::vector<std::string>& words) {
  for (const auto& word : words) {
    std::error_code error;
    if (!word.starts_with("/") || files_.contains(word) || !fs::is_regular_file(word, error)) continue;
    watch_file(word);
    if (fs::path(word).extension().empty() || fs::path(word).extension() == ".so") continue;  // no script
    std::vector<std::string> beside;
    for (fs::recursive_directory_iterator file(fs::path(word).parent_path(), error), end;
         !error && file != end && beside.size() <= kMostFiles; file.increment(error)) {
      if (file->path().extension() == fs::path(word).extension()) beside.push_back(file->path());
    }
    if (beside.size() > kMostFiles) continue;
    for (const auto& path : beside) watch_file(path);
  }
}

std::string Identity::changed() const {
  for (const auto& [path, fd] : programs_) {
    if (fd >= 0 && stamp_of(fd) != opened_.at(path)) return path;
  }
  for (const auto& [path, stamp] : files_) {
    if (stamp_of(path) != stamp) return path;
  }
  return "";
}

}  // namespace breakeven
