// What is measured must not change while it is measured: the programs, scripts and libraries of the cells.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace breakeven {

// Files as they were when they were first used. Not thread-safe.
class Identity {
 public:
  Identity() = default;
  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  // A descriptor of this program, opened when it was first asked for: whoever replaces the file by another (a linker, a
  // package manager) leaves us the one that we began with. -1 where it cannot be opened.
  int program(const std::string& path);

  // Watches each of the words that is a file: it, and what lies beside a script in its folder and the folders in that.
  void watch(const std::vector<std::string>& words);

  // The first file that is no longer what it was, or an empty text. Some microseconds.
  std::string changed() const;

 private:
  struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::string& path);
  static Stamp stamp_of(int fd);
  void watch_file(const std::string& path) { files_.try_emplace(path, stamp_of(path)); }

  std::map<std::string, int> programs_;
  std::map<std::string, Stamp> opened_, files_;
};

}  // namespace breakeven
