#include "bench/record/results.h"

#include <filesystem>
#include <map>
#include <vector>

#include "backends/contract/error.h"
#include "bench/record/journal.h"
#include "bench/record/rows.h"
#include "bench/text/output.h"

namespace breakeven {
namespace {

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// The outputs that a block's samples must have, and the plain loop that they are of: the program's own serial loop
// where one was asked for it, else the first baseline sample.
struct Reference {
  std::string digest, backend;
};

// What must be known before the first row is written.
struct Overview {  // NOLINT(bugprone-exception-escape): moving a Json does not throw
  Json header;
  Json end;
  Json rounds;  // that the last session asked for at most
  std::map<std::string, Reference> digest_of_block;
};

Overview survey(const std::string& journal) {
  Overview overview;
  read_journal(journal, [&](const std::string& kind, const Json& entry) {
    if (kind == "journal") overview.header = entry;
    if (kind == "end") overview.end = entry;
    if (kind == "session") overview.rounds = entry.at("rounds");
    if (kind == "reference")
      overview.digest_of_block.emplace(entry.at("block"), Reference{entry.at("digest"), "serial"});
    if (kind != "sample") return;
    const Json& ours = entry.at("breakeven");
    if (ours.at("role") == "baseline") {
      overview.digest_of_block.emplace(ours.at("block"),
                                       Reference{ours.at("digest"), ours.at("case").at("backend")});
    }
  });
  return overview;
}

Json context_of(const Overview& overview) {
  Json context = overview.header.at("context");
  Json& ours = context.at("breakeven");
  if (!overview.rounds.is_null()) ours["rounds"] = overview.rounds;
  if (overview.end.is_object()) {
    ours.update(overview.end);
  } else {
    ours["interrupted"] = true;  // cut off: nobody wrote how long it took
  }
  return context;
}

// The failure entry of a sample whose outputs are wrong, or null.
Json digest_failure(const Json& row, const Overview& overview) {
  const Json& ours = row.at("breakeven");
  const auto expected = overview.digest_of_block.find(ours.at("block").get<std::string>());
  if (expected == overview.digest_of_block.end() || expected->second.digest == ours.at("digest")) return {};
  return {{"name", row.at("name")},
          {"case", ours.at("case")},
          {"round", ours.at("round")},
          {"block", ours.at("block")},
          {"build", ours.at("build")},
          {"kind", "wrong_digest"},
          {"reason", wrong_digest(ours.at("digest"), expected->second.digest,
                                  ours.at("case").at("backend") == expected->second.backend)}};
}

class ListWriter {
 public:
  ListWriter(AtomicFile& file, const char* name) : file_(file) {
    file_.write(std::string(",\n\"") + name + "\": [");
  }
  void add(const std::string& item) { file_.write((count_++ == 0 ? "\n" : ",\n") + item); }
  std::size_t end() {
    file_.write("\n]");
    return count_;
  }

 private:
  AtomicFile& file_;
  std::size_t count_ = 0;
};

std::size_t write_list(AtomicFile& file, const char* name, const std::vector<std::string>& items) {
  ListWriter list(file, name);
  for (const auto& item : items) list.add(item);
  return list.end();
}

}  // namespace

std::string results_name(const std::string& journal) {
  const Json header = read_journal_header(journal);
  JsonReader reader(header, journal);
  std::string usual = "results.json";
  if (!reader.has("plan")) return usual;
  const auto name =
      std::filesystem::path(JsonReader(reader.raw("plan"), reader.path("plan")).string("results", usual))
          .filename()
          .string();
  return name.empty() || name.front() == '.' ? usual : name;
}

// The journal is gone through twice and its rows are written on the way, so that memory does not grow with
// them. What is not among the rows is kept until they have ended: failures, and what a rule sets aside.
ResultCounts derive_results(const std::string& journal, const std::string& results) try {
  const Overview overview = survey(journal);
  ResultCounts counts;
  AtomicFile file(results);
  file.write("{\n\"context\": " + dump(context_of(overview)));
  ListWriter rows(file, "benchmarks");
  std::vector<std::string> failures, set_aside, skipped;
  read_journal(journal, [&](const std::string& kind, const Json& entry) {
    if (kind == "failure") failures.push_back(dump(entry));
    if (kind != "sample") return;
    if (const Json failure = digest_failure(entry, overview); !failure.is_null()) {
      failures.push_back(dump(failure));
    } else if (is_set_aside(entry)) {
      set_aside.push_back(dump(entry));
    } else {
      rows.add(dump(entry));
    }
  });
  for (const auto& skip : overview.header.at("skipped")) skipped.push_back(dump(skip));
  counts.samples = rows.end();
  counts.failures = write_list(file, "failures", failures);
  counts.set_aside = write_list(file, "set_aside", set_aside);
  counts.skipped = write_list(file, "skipped", skipped);
  file.write("\n}\n");
  file.commit();
  return counts;
} catch (const Json::exception& error) {
  throw UsageError(journal + ": was not written by this program: " + error.what());
}

}  // namespace breakeven
