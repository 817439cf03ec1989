// The journal: one line of JSON per event, written before the run goes on. The only path from a sample
// to a result.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "bench/text/json_reader.h"

namespace breakeven {

// Writes `journal.jsonl`. Each line is an object with its checksum and one more key: "journal" (the header,
// first), "session", "sample", "failure", "end" (last). A run that was cut off has no "end", and its last
// line may be torn.
class Journal {
 public:
  static constexpr std::chrono::milliseconds kSyncEvery{100};

  // A new journal. Throws OutputError; refuses a file that exists.
  Journal(const std::string& path, const Json& header);
  // Goes on with the one that is there; a torn last line is cut off first. Throws OutputError.
  explicit Journal(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Returns when the kernel has the line: a killed process loses nothing. It is on the disk (fdatasync: 0.2 ms and more)
  // at once, or for a sample kSyncEvery later at most, as long as lines go on coming. Throws OutputError.
  void append(const char* kind, const Json& entry);

 private:
  bool synced(bool now);  // false: the disk refused, errno says why
  void lock();            // throws OutputError when another process writes this journal
  std::string path_;
  int fd_ = -1;
  std::chrono::steady_clock::time_point last_sync_{};
};

// The line of an event, without its end; `object` is {KIND:ENTRY} as text.
std::string journal_line(const std::string& object);
std::string journal_line(const char* kind, const Json& entry);

// Calls `visit(kind, entry)` for each line in order, one in memory at a time; a torn last line is passed
// over. Entries are checked before they are visited. Throws UsageError for what is no journal of this
// version, with the line's number and what to do about it.
using JournalVisitor = std::function<void(const std::string& kind, const Json& entry)>;
void read_journal(const std::string& path, const JournalVisitor& visit);

// The entry of the first line. Throws as read_journal does.
Json read_journal_header(const std::string& path);

}  // namespace breakeven
