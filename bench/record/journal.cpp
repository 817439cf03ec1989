#include "bench/record/journal.h"

#include <fcntl.h>
#include <libdeflate.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "backends/contract/error.h"
#include "bench/installation/build_info.h"
#include "bench/text/output.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

// Where the last line feed ends, read from the back: a journal may be larger than the memory it should cost.
off_t end_of_whole_lines(int fd) {
  char block[65536];
  for (off_t end = ::lseek(fd, 0, SEEK_END); end > 0;) {
    const off_t start = std::max<off_t>(0, end - static_cast<off_t>(sizeof block));
    const auto count = ::pread(fd, block, static_cast<std::size_t>(end - start), start);
    if (count <= 0) return -1;
    for (auto i = count; i > 0; --i) {
      if (block[i - 1] == '\n') return start + i;
    }
    end = start;
  }
  return 0;
}

// A line is {"crc32":"0123abcd",KIND:ENTRY}: the checksum of {KIND:ENTRY}, the line without its first key.
constexpr std::string_view kCrcKey = "{\"crc32\":\"";
constexpr std::size_t kCrcEnd = kCrcKey.size() + 8;  // where the comma stands behind the closing quote

std::string checksum(std::string_view text) { return hex(libdeflate_crc32(0, text.data(), text.size())); }

// The line without its checksum. Throws UsageError where the two do not fit.
std::string unsealed(const std::string& line, const std::string& where) {
  if (line.starts_with("{\"journal\"")) {
    throw UsageError(
        where +
        ": is of a version before 2.0; its results.json is still read, but only the program that "
        "wrote it can recover it or go on with it");
  }
  if (!line.starts_with(kCrcKey) || line.size() < kCrcEnd + 2) throw UsageError(where + ": has no checksum");
  auto object = "{" + line.substr(kCrcEnd + 2);
  if (line.substr(kCrcKey.size(), 8) != checksum(object))
    throw UsageError(where + ": its checksum is not that of its text");
  return object;
}

void check_version(const Json& header, const std::string& where) {
  JsonReader reader(header, where);
  JsonReader context(reader.raw("context"), reader.path("context"));
  JsonReader ours(context.raw("breakeven"), context.path("breakeven"));
  const auto schema = ours.string("schema");
  if (schema.substr(0, schema.find('.')) != kSchemaMajor)
    ours.fail("schema", "is " + schema + "; use the program of that release");
}

// What this program has written is as it was written: only the order of the kinds is left to check. Kinds
// that it does not know may be a newer one's.
Json checked_line(const std::string& text, const std::string& path, std::size_t number) {
  const auto where = path + ": line " + std::to_string(number);
  try {
    Json line = parse_json(unsealed(text, where), where);
    if (!line.is_object() || line.size() != 1) throw UsageError(where + ": is not an object with one key");
    const bool header = line.contains("journal");
    if ((number == 1) != header)
      throw UsageError(where + (header ? ": is a second header" : ": is not the header of a journal"));
    if (header) check_version(line.at("journal"), where + ": journal");
    return line;
  } catch (const UsageError& error) {
    if (number == 1)
      throw UsageError(std::string(error.what()) + "; the run cannot be recovered from this file");
    throw UsageError(
        std::string(error.what()) +
        "; the line is damaged: delete it and run `breakeven recover` on the folder, or keep only the " +
        std::to_string(number - 1) + " lines before it and go on with --resume");
  }
}

}  // namespace

std::string journal_line(const std::string& object) {
  return std::string(kCrcKey) + checksum(object) + "\"," + object.substr(1);
}

std::string journal_line(const char* kind, const Json& entry) {
  return journal_line(Json{{kind, entry}}.dump(-1, ' ', false, Json::error_handler_t::replace));
}

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
  fd_ = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (fd_ >= 0) lock();
  if (fd_ < 0 || ::ftruncate(fd_, end_of_whole_lines(fd_)) != 0) {
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
  if (fd_ >= 0) synced(true), ::close(fd_);
}

bool Journal::synced(bool now) {
  const auto time = std::chrono::steady_clock::now();
  if (!now && time - last_sync_ < kSyncEvery) return true;
  last_sync_ = time;
  return ::fdatasync(fd_) == 0;
}

void Journal::append(const char* kind, const Json& entry) {
  const auto line = journal_line(kind, entry) + "\n";
  if (write_all(fd_, line) && synced(std::string_view(kind) != "sample")) return;
  throw OutputError(
      path_ + ": cannot be written: " + std::strerror(errno) +
      "; what was measured before stands in it; make room and run `breakeven recover` on its folder");
}

namespace {

// `visit` says whether to go on.
void read_lines(const std::string& path, const std::function<bool(const Json&)>& visit) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError(path + ": cannot be read: " + std::strerror(errno));
  std::size_t number = 0;
  for (std::string text; std::getline(file, text);) {
    if (file.eof()) break;  // the last line has no end: the run was cut off while it was written
    if (++number > 1 && text.empty()) continue;
    if (!visit(checked_line(text, path, number))) break;
  }
  if (number == 0) throw UsageError(path + ": has no whole line; nothing was measured");
}

}  // namespace

void read_journal(const std::string& path, const JournalVisitor& visit) {
  std::size_t number = 0;
  read_lines(path, [&](const Json& line) {
    ++number;
    try {
      visit(line.begin().key(), line.begin().value());
    } catch (const Json::exception& error) {  // its checksum fits, so that this program has not written it
      throw UsageError(path + ": line " + std::to_string(number) +
                       ": was not written by this program: " + error.what());
    }
    return true;
  });
}

Json read_journal_header(const std::string& path) {
  Json header;
  read_lines(path, [&header](const Json& line) {
    header = line.begin().value();
    return false;
  });
  return header;
}

}  // namespace breakeven
