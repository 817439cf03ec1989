#include "bench/text/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace breakeven {

namespace fs = std::filesystem;

void make_folder(const std::string& path) {
  if (path.empty()) return;
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    throw OutputError(path + ": the folder cannot be made: " + error.message() +
                      "; choose another with --out");
}

bool write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), temporary_(path + ".part") {
  // Never what stands there already: a link would lead elsewhere, a pipe would wait for a reader.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  fd_ = ::open(temporary_.c_str(), kFlags, 0644);
  if (fd_ < 0 && errno == EEXIST && ::unlink(temporary_.c_str()) == 0)
    fd_ = ::open(temporary_.c_str(), kFlags, 0644);
  if (fd_ < 0) fail();
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const std::string& text) {
  if (!write_all(fd_, text)) fail();
}

void AtomicFile::commit() {
  if (::fsync(fd_) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
  ::close(fd_);
  fd_ = -1;
}

void AtomicFile::fail() { throw OutputError(path_ + ": cannot be written: " + std::strerror(errno)); }

void point_link(const std::string& link, const std::string& target) {
  const auto temporary = link + ".part";
  ::unlink(temporary.c_str());
  if (::symlink(target.c_str(), temporary.c_str()) != 0 || ::rename(temporary.c_str(), link.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    throw OutputError(link + ": the link to the last run cannot be set: " + std::strerror(error));
  }
}

}  // namespace breakeven
