// Files that must not be lost or half-written.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>

namespace breakeven {

// An output could not be written. One line: what, where, why. Exit code 4.
struct OutputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void make_folder(const std::string& path);  // with its parents; throws OutputError

// A file that appears whole or not at all: written beside its place, synced, then renamed.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();  // removes what was not committed
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const std::string& text);  // throws OutputError
  void commit();                        // throws OutputError

 private:
  [[noreturn]] void fail();
  std::string path_, temporary_;
  int fd_ = -1;
};

// Points the symbolic link `link` at `target` (relative), replacing an older link in one step; OutputError.
void point_link(const std::string& link, const std::string& target);

// Writes all bytes to a file descriptor; false with errno where it cannot.
bool write_all(int fd, const std::string& text);

}  // namespace breakeven
