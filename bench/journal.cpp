#include "bench/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "backends/contract/error.h"
#include "bench/output.h"

namespace breakeven {

Journal::Journal(const std::string& path, const Json& header) : path_(path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (fd_ < 0 && errno == EEXIST) {
    throw OutputError(
        path + ": exists already, and a journal is never overwritten; choose another --out or move it");
  }
  if (fd_ < 0) throw OutputError(path + ": cannot be made: " + std::strerror(errno));
  lock();
  append("journal", header);
}

Journal::Journal(const std::string& path) : path_(path) {
  const auto text = read_text_file(path);
  const auto whole = text.rfind('\n') + 1;  // npos + 1 is 0
  fd_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd_ >= 0) lock();
  if (fd_ < 0 || ::ftruncate(fd_, static_cast<off_t>(whole)) != 0) {
    throw OutputError(path + ": cannot be written: " + std::strerror(errno));
  }
}

// The lock ends with this process, however it ends.
void Journal::lock() {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(std::exchange(fd_, -1));
  throw OutputError(path_ +
                    ": another run is writing it; wait for that run to end, or choose another folder");
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

void Journal::append(const char* kind, const Json& entry) {
  const auto line = Json{{kind, entry}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (write_all(fd_, line) && ::fdatasync(fd_) == 0) return;
  throw OutputError(
      path_ + ": cannot be written: " + std::strerror(errno) +
      "; what was measured before stands in it; make room and run `breakeven recover` on its folder");
}

void read_journal(const std::string& path,
                  const std::function<void(const std::string&, const Json&)>& visit) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError(path + ": cannot be read: " + std::strerror(errno));
  bool first = true;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line); first = false) {
    ++number;
    if (line.empty() && !first) continue;
    const bool torn = file.eof();  // the last line has no end: the run was cut off while it was written
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded() || !json.is_object() || json.size() != 1) {
      if (torn && !first) return;
      throw UsageError(path + ": is no journal of this program: line " + std::to_string(number) +
                       " is no JSON object with one key");
    }
    const auto entry = json.begin();
    if (first && entry.key() != "journal")
      throw UsageError(path + ": is no journal of this program: it has no header");
    visit(entry.key(), entry.value());
  }
  if (first) throw UsageError(path + ": is empty; nothing was measured");
}

}  // namespace breakeven
