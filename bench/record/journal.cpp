#include "bench/record/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "backends/contract/error.h"
#include "bench/plan/session.h"
#include "bench/record/rows.h"
#include "bench/text/output.h"

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

void check_header(const Json& header, const std::string& where) {
  JsonReader reader(header, where);
  JsonReader context(reader.raw("context"), reader.path("context"));
  JsonReader ours(context.raw("breakeven"), context.path("breakeven"));
  const auto schema = ours.string("schema");
  if (schema.substr(0, schema.find('.')) != "1")
    ours.fail("schema", "is " + schema + "; use the program of that release");
  if (!reader.raw("skipped").is_array()) reader.fail("skipped", "expected a list");
}

void check_end(const Json& end, const std::string& where) {
  JsonReader reader(end, where);
  reader.boolean("interrupted", false);
  for (const char* key : {"wall_s", "timed_s", "warmup_s", "timed_fraction"}) {
    if (reader.number(key, 0) < 0) reader.fail(key, "is negative");
  }
}

// Refuses what this program has not written. Kinds that it does not know may be a newer one's.
void check_entry(const Json& line, const std::string& where, bool first) {
  if (!line.is_object() || line.size() != 1) throw UsageError(where + ": is no JSON object with one key");
  const auto& kind = line.begin().key();
  const auto& entry = line.begin().value();
  const auto place = where + ": " + kind;
  if (first != (kind == "journal"))
    throw UsageError(where + (first ? ": is no header of a journal" : ": is a second header"));
  if (kind == "journal") check_header(entry, place);
  if (kind == "session") session_from_json(entry, place);
  if (kind == "sample") check_sample_row(entry, place);
  if (kind == "failure") check_failure_entry(entry, place);
  if (kind == "end") check_end(entry, place);
}

Json checked_line(const std::string& text, const std::string& path, std::size_t number) {
  try {
    const auto where = path + ": line " + std::to_string(number);
    Json line = parse_json(text, where);
    check_entry(line, where, number == 1);
    return line;
  } catch (const UsageError& error) {
    if (number == 1)
      throw UsageError(std::string(error.what()) + "; this is no journal, or its header is damaged");
    throw UsageError(
        std::string(error.what()) +
        "; the line is damaged: delete it and run `breakeven recover` on the folder, or keep only the " +
        std::to_string(number - 1) + " lines before it and go on with --resume");
  }
}

}  // namespace

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
  if (fd_ >= 0) ::close(fd_);
}

void Journal::append(const char* kind, const Json& entry) {
  const auto line = Json{{kind, entry}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (write_all(fd_, line) && ::fdatasync(fd_) == 0) return;
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
  read_lines(path, [&visit](const Json& line) {
    visit(line.begin().key(), line.begin().value());
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
