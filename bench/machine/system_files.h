// The small text files of /proc and /sys, under a root that tests can replace by a tree of their own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace breakeven {

// Paths are absolute, as on the machine itself. nullopt wherever a file cannot be read or does not say what
// is asked for: nothing here throws but for want of memory. Thread-safe.
class SystemFiles {
 public:
  explicit SystemFiles(std::filesystem::path root = "/") : root_(std::move(root)) {}

  std::optional<std::string> text(const std::string& path) const;  // without blanks at its end
  std::optional<std::int64_t> integer(const std::string& path) const;

  // What stands behind `key` in the first line that begins with it, as in "key : value",
  // "key=value", "key value".
  std::optional<std::string> field(const std::string& path, const std::string& key) const;

  bool exists(const std::string& path) const;
  std::vector<std::string> names_in(const std::string& folder) const;  // sorted; empty where not readable

 private:
  std::filesystem::path at(const std::string& path) const;

  std::filesystem::path root_;
};

}  // namespace breakeven
