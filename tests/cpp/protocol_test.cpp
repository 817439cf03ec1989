// Requests, records, journals and the results derived from them.
#include "bench/plan/protocol.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "backends/contract/error.h"
#include "bench/installation/build_info.h"
#include "bench/record/journal.h"
#include "bench/record/results.h"
#include "bench/record/rows.h"
#include "bench/text/output.h"
#include "bench/text/units.h"
#include "tests/cpp/some_record.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;
using test::line_of;
using test::some_record;
using test::some_sample;

Request some_request() {
  Request request;
  request.c.workload = "factorize";
  request.c.backend = "thread_pool";
  request.c.workers = 2;
  request.c.shape.tasks = 300;
  request.iterations = 3;
  request.batch = 2;
  request.extra = 0.05;
  return request;
}

TEST(Protocol, RequestSurvivesItsJsonForm) {
  const Request back = request_from_json(to_json(some_request()));
  EXPECT_EQ(back.c.name(), some_request().c.name());
  EXPECT_EQ(back.iterations, 3u);
  EXPECT_EQ(back.batch, 2u);
  EXPECT_EQ(back.extra, 0.05);
}

TEST(Protocol, RequestOfAnotherVersionIsRefused) {
  Json json = to_json(some_request());
  json["protocol"] = 2;
  EXPECT_THROW(request_from_json(json), UsageError);
}

TEST(Protocol, RecordSurvivesItsLine) {
  const auto back = find_record("chatter\n" + record_line(some_record()) + "\n");
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->ok());
  EXPECT_EQ(back->said, some_record().said);
  EXPECT_EQ(measured_of(back->said).digest, "0123abcd");
}

TEST(WrongDigest, OfThePlainLoopItselfSaysThatTheFunctionIsNotPure) {
  EXPECT_NE(wrong_digest("aaaa", "bbbb", true).find("the function is not pure"), std::string::npos);
  EXPECT_EQ(wrong_digest("aaaa", "bbbb", false), "the outputs' digest is aaaa, the baseline's is bbbb");
}

TEST(Protocol, TheLastRecordCounts) {
  Json later = some_sample();
  later["digest"] = "ffffffff";
  const auto found = find_record(record_line(some_record()) + "\n" + line_of(later));
  EXPECT_EQ(measured_of(found->said).digest, "ffffffff");
}

TEST(Protocol, NoRecordIsNoRecord) {
  EXPECT_FALSE(find_record(""));
  EXPECT_FALSE(find_record(" {\"breakeven_sample\": {}}\n"));
}

TEST(Protocol, AFailedRecordKeepsItsReason) {
  const Json losses = {{{"task", 7}, {"worker", 1}, {"signal", 9}, {"exit_code", 0}}};
  const auto back =
      find_record(record_line(failed_record("task_failed", "task 3: why", {{"losses", losses}})));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->failure_kind, "task_failed");
  EXPECT_EQ(back->reason, "task 3: why");
  EXPECT_EQ(back->said.at("losses"), losses);
}

TEST(Protocol, ASampleOfAPoolThatShrankIsAFailureOfItsOwnKind) {
  Json sample = some_sample();
  sample["workers_lost"] = 0;
  EXPECT_TRUE(find_record(line_of(sample))->ok());
  sample["workers_lost"] = 2;
  const auto record = find_record(line_of(sample));
  EXPECT_EQ(record->failure_kind, "degraded");
  EXPECT_EQ(record->reason.find("2 worker(s) ended, and no task was lost"), 0U) << record->reason;
}

TEST(Protocol, WhatEachHostDidPassesThrough) {
  Json sample = some_sample();
  sample["ranks"] = {{{"host", "a"}, {"tasks", 3}, {"cpu_ns", 5}}};
  sample["wire"] = {{"messages", 4}, {"bytes", 100}};
  const auto record = find_record(line_of(sample));
  ASSERT_TRUE(record->ok());
  EXPECT_EQ(record->said.at("ranks"), sample["ranks"]);
}

TEST(Protocol, ARecordStaysUnderFourKibibytes) {
  Record record = some_record();
  record.said["iteration_ns"] = std::vector<double>(kMaxIterations, 123456789.12345678);
  EXPECT_LT(record_line(record).size(), 4096u);
}

TEST(Protocol, AKeyThatTheHarnessDoesNotKnowPassesThrough) {
  Json sample = some_sample();
  sample["ranks"] = {{{"host", "a"}, {"tasks", 150}}};
  EXPECT_EQ(find_record(line_of(sample))->said.at("ranks"), sample["ranks"]);
}

TEST(Protocol, AnUnknownCpuTimeIsNullAndNotZero) {
  Json sample = some_sample();
  sample.erase("cpu_time_ns");
  EXPECT_TRUE(find_record(line_of(sample))->said.at("cpu_time_ns").is_null());
}

struct Misfit {
  const char* key;
  Json value;
  const char* named;  // by the complaint
};

// What no cell may say: its numbers do not fit each other, or are not of the kind that readers rely on.
TEST(Protocol, ARecordWhoseNumbersDoNotFitIsRefusedByTheKey) {
  const Misfit misfits[] = {
      {"iterations", 0, "iterations: expected"},
      {"iterations", 1, "iteration_ns: has 2 values"},
      {"iterations", std::uint64_t{1} << 63, "iterations: expected"},
      {"iterations", nullptr, "iterations: "},
      {"batch", 0, "batch: expected"},
      {"batch", 2.5, "batch: "},
      {"batch", 6, "timed_s: is not"},
      {"iteration_ns", Json::array(), "iteration_ns: has 0 values"},
      {"iteration_ns", {1000.5, -999}, "iteration_ns: holds"},
      {"iteration_ns", {1000.5, "999"}, "iteration_ns: "},
      {"iteration_ns", {1e6, 1e6}, "real_time_ns: is not the mean"},
      {"real_time_ns", 0, "real_time_ns: "},
      {"real_time_ns", 1, "real_time_ns: is not the mean"},
      {"real_time_ns", "fast", "real_time_ns: "},
      {"cpu_time_ns", -1.5, "cpu_time_ns: "},
      {"cpu_time_ns", "x", "cpu_time_ns: "},
      {"timed_s", -1, "timed_s: "},
      {"timed_s", 1e6, "timed_s: is not"},
      {"warmup_s", nullptr, "warmup_s: "},
      {"warmup_s", -0.5, "warmup_s: "},
      {"bytes_moved", -1, "bytes_moved: "},
      {"bytes_moved", std::uint64_t{1} << 60, "bytes_moved: "},
      {"digest", nullptr, "digest: "},
      {"digest", "zz", "digest: expected 8 hex digits"},
      {"digest", "0123ABCD", "digest: expected 8 hex digits"},
      {"losses", "none", "losses: "},
      {"facts", "x", "facts: "},
      {"covariates", "x", "covariates: "},
      {"covariates", {{"steal_ns", "much"}}, "covariates: steal_ns"},
      {"startup_s", -1, "startup_s: "},
      {"ranks", "two", "ranks: expected a list"},
      {"ranks", {{{"host", "a"}}}, "ranks[0].tasks: is missing"},
      {"wire", {{"messages", 3}}, "wire.bytes: is missing"},
      {"workers_lost", -1, "workers_lost: "},
  };
  for (const auto& misfit : misfits) {
    Json sample = some_sample();
    sample[misfit.key] = misfit.value;
    try {
      find_record(line_of(sample));
      ADD_FAILURE() << "accepted: " << misfit.key << " " << misfit.value;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(misfit.named), std::string::npos) << error.what();
    }
  }
}

TEST(Protocol, APinnedCaseNamesItsCpus) {
  Request request = some_request();
  request.c.pin = Pin::kCompact;
  EXPECT_THROW(request_from_json(to_json(request)), UsageError);
  request.cpus = {3, 5};
  EXPECT_EQ(request_from_json(to_json(request)).cpus, request.cpus);
}

TEST(Protocol, TheRulesOfASampleStandInTheRequest) {
  Request request = some_request();
  request.sampling.settle_s = 0.25;
  EXPECT_EQ(request_from_json(to_json(request)).sampling.settle_s, 0.25);
  Json json = to_json(request);
  json.erase("sampling");
  EXPECT_EQ(request_from_json(json).sampling.settle_s, Sampling().settle_s);
  json["sampling"] = {{"settle_s", -1}};
  EXPECT_THROW(request_from_json(json), UsageError);
}

// Random changes of valid texts: an error or a value, never a crash.
TEST(Protocol, CorruptTextsAreRefusedNotCrashedOn) {
  std::mt19937_64 random(1);
  const std::string texts[] = {to_json(some_request()).dump(), record_line(some_record())};
  for (int i = 0; i < 10000; ++i) {
    std::string text = texts[i % 2];
    for (auto changes = random() % 4 + 1; changes > 0 && !text.empty(); --changes) {
      const auto at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 20 + 1);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), random() % 30));
          break;
        default:
          text.resize(at + 1);
      }
    }
    try {
      if (i % 2 == 0) request_from_json(parse_json(text, "request"));
      if (i % 2 == 1) find_record(text);
    } catch (const UsageError&) {
    }
  }
}

class JournalFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "breakeven-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string journal() const { return (folder_ / "journal.jsonl").string(); }
  std::string results() const { return (folder_ / "results.json").string(); }
  Json derived() const { return parse_json(read_text_file(results()), "results"); }

  static Json header() {
    return {{"context", {{"date", "now"}, {"breakeven", {{"schema", kSchemaVersion}}}}},
            {"skipped", Json::array()}};
  }
  static Taking taking(const PlannedCase& planned) {
    static const Slot slot{};
    static const std::string block = "b", build = "head";
    return {.planned = planned, .slot = slot, .block = block, .build = build};
  }
  static Json sample(const std::string& role, const std::string& digest) {
    const PlannedCase planned{
        .c = some_request().c, .role = parse_word<Role>(role), .baseline = "serial", .timing = {}};
    Record record = some_record();
    record.said["digest"] = digest;
    return sample_row(taking(planned), record);
  }
  static Json failure() {
    const PlannedCase planned{.c = some_request().c, .role = Role::kCase, .baseline = "serial", .timing = {}};
    return failure_entry(taking(planned), failed_record("crash", "signal 11"));
  }

  fs::path folder_;
};

TEST_F(JournalFiles, ResultsHoldEverySampleAndFailure) {
  {
    Journal writer(journal(), header());
    writer.append("sample", sample("baseline", "aa"));
    writer.append("failure", failure());
    writer.append("sample", sample("case", "aa"));
    writer.append("end", {{"interrupted", false}, {"timed_fraction", 0.9}});
  }
  const auto counts = derive_results(journal(), results());
  EXPECT_EQ(counts.samples, 2u);
  EXPECT_EQ(counts.failures, 1u);
  EXPECT_EQ(derived()["benchmarks"].size(), 2u);
  EXPECT_EQ(derived()["context"]["breakeven"]["timed_fraction"], 0.9);
}

TEST_F(JournalFiles, AWrongDigestIsAFailureEvenBeforeItsBaseline) {
  {
    Journal writer(journal(), header());
    writer.append("sample", sample("case", "bb"));
    writer.append("sample", sample("baseline", "aa"));
  }
  const auto counts = derive_results(journal(), results());
  EXPECT_EQ(counts.samples, 1u);
  EXPECT_EQ(derived()["failures"][0]["kind"], "wrong_digest");
}

TEST_F(JournalFiles, ALineThatAHandOrADiskHasChangedIsRefusedWithItsNumberAndWhatToDo) {
  {
    Journal writer(journal(), header());
    writer.append("sample", sample("baseline", "aa"));
    writer.append("sample", sample("case", "aa"));
  }
  const auto whole = read_text_file(journal());
  const auto second = whole.find('\n') + 1;
  const auto length = whole.find('\n', second) - second;
  for (std::size_t at = 0; at < length; at += 7) {
    auto text = whole;
    text[second + at] ^= 1;
    if (text[second + at] == '\n') continue;
    std::ofstream(journal(), std::ios::trunc) << text;
    try {
      derive_results(journal(), results());
      FAIL() << "accepted: a change of byte " << at;
    } catch (const UsageError& error) {
      const std::string said = error.what();
      EXPECT_NE(said.find("line 2: "), std::string::npos) << said;
      EXPECT_NE(said.find("delete it"), std::string::npos) << said;
    }
  }
}

TEST_F(JournalFiles, AJournalOfAnOlderVersionIsRefusedInOneLineThatSaysSo) {
  std::ofstream(journal(), std::ios::trunc) << Json{{"journal", header()}} << "\n";
  try {
    derive_results(journal(), results());
    FAIL() << "nothing was thrown";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("before 2.0"), std::string::npos) << error.what();
  }
}

TEST_F(JournalFiles, ARowWithoutCpuTimeRepeatsTheWallTimeAndSaysSo) {
  const PlannedCase planned{.c = some_request().c, .role = Role::kCase, .baseline = "serial", .timing = {}};
  Record record = some_record();
  record.said["cpu_time_ns"] = nullptr;
  const Json row = sample_row(taking(planned), record);
  EXPECT_EQ(row.at("cpu_time"), row.at("real_time"));
  EXPECT_EQ(row.at("breakeven").at("cpu_time_known"), false);
}

TEST_F(JournalFiles, ALastLineWithoutItsEndIsCutOffBeforeTheRunGoesOn) {
  { Journal writer(journal(), header()); }
  const auto whole = read_text_file(journal());
  std::ofstream(journal(), std::ios::app)
      << std::string(200'000, 'x');  // longer than one block of the search
  { Journal again(journal()); }
  EXPECT_EQ(read_text_file(journal()), whole);
}

TEST_F(JournalFiles, ATornLastLineIsPassedOver) {
  {
    Journal writer(journal(), header());
    writer.append("sample", sample("baseline", "aa"));
  }
  std::ofstream(journal(), std::ios::app) << R"({"sample": {"name": "n", "brea)";
  EXPECT_EQ(derive_results(journal(), results()).samples, 1u);
  EXPECT_EQ(derived()["context"]["breakeven"]["interrupted"], true);
}

TEST_F(JournalFiles, AnyTornLengthGivesResultsOrOneClearError) {
  {
    Journal writer(journal(), header());
    writer.append("sample", sample("baseline", "aa"));
    writer.append("sample", sample("case", "aa"));
  }
  const auto whole = read_text_file(journal());
  for (std::size_t length = 0; length < whole.size(); length += 41) {
    std::ofstream(journal(), std::ios::trunc) << whole.substr(0, length);
    try {
      EXPECT_LE(derive_results(journal(), results()).samples, 2u);
    } catch (const UsageError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  }
}

TEST_F(JournalFiles, AJournalIsNeverOverwritten) {
  { Journal writer(journal(), header()); }
  EXPECT_THROW(Journal(journal(), header()), OutputError);
}

TEST_F(JournalFiles, AFullDiskIsAnErrorThatNamesTheFile) {
  try {
    AtomicFile file("/dev/full/x");
    FAIL() << "nothing was thrown";
  } catch (const OutputError& error) {
    EXPECT_NE(std::string(error.what()).find("/dev/full/x"), std::string::npos);
  }
}

TEST(Units, ReadTimesSizesAndFractions) {
  EXPECT_DOUBLE_EQ(parse_seconds("20us"), 20e-6);
  EXPECT_DOUBLE_EQ(parse_seconds("4m"), 240);
  EXPECT_DOUBLE_EQ(parse_seconds("20\u00b5s"), 20e-6);
  EXPECT_DOUBLE_EQ(parse_seconds("20\u03bcs"), 20e-6);
  EXPECT_EQ(parse_bytes("4KiB"), 4096u);
  EXPECT_EQ(parse_bytes("4K"), 4096u);
  EXPECT_EQ(parse_bytes("4KB"), 4000u);
  EXPECT_EQ(parse_bytes("0"), 0u);
  EXPECT_EQ(parse_bytes("64B"), 64u);
  EXPECT_EQ(parse_count("100k"), 100000u);
  EXPECT_DOUBLE_EQ(parse_fraction("5%"), 0.05);
}

TEST(Units, RefuseWhatIsNone) {
  for (const char* text : {"", "us", "-1us", "1 us", "1h", "nan", "inf", "0x10us"}) {
    EXPECT_THROW(parse_seconds(text), UsageError) << text;
  }
  for (const char* text : {"", "KiB", "1.5", "-1", "4kb", "1e300"})
    EXPECT_THROW(parse_bytes(text), UsageError) << text;
}

TEST(Units, FormatsAreShort) {
  EXPECT_EQ(format_ns(16.5e6), "16.5 ms");
  EXPECT_EQ(format_ns(999.9e3), "1.00 ms");
  EXPECT_EQ(format_ns(5), "5.00 ns");
  EXPECT_EQ(format_bytes(65536), "64KiB");
  EXPECT_EQ(format_bytes(1000), "1000");
}

}  // namespace
}  // namespace breakeven
