// A run of many samples: what is derived from its journal, and taking it up again, cost memory for the plan
// and a little a sample, not for all that the journal says.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench/machine/machine.h"
#include "bench/record/header.h"
#include "bench/record/journal.h"
#include "bench/record/results.h"
#include "bench/record/rows.h"
#include "bench/run/run.h"
#include "tests/cpp/memory_use.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;
using test::peak_kibibytes;

// Of 16 samples each: 20,000. BREAKEVEN_LONG_RUN_ROUNDS=6250 tries 100,000.
unsigned rounds() {
  const char* wish = std::getenv("BREAKEVEN_LONG_RUN_ROUNDS");
  return wish ? static_cast<unsigned>(std::atoi(wish)) : 1250;
}

constexpr unsigned kCases = 14;

PlannedCase planned_case(const std::string& backend, Role role, unsigned workers) {
  PlannedCase planned{.c = {}, .role = role, .baseline = "serial", .timing = {}};
  planned.c.workload = "factorize";
  planned.c.shape.tasks = 300;
  planned.c.backend = backend;
  planned.c.workers = workers;
  return planned;
}

class LongRun : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::kOwnsItsMemory) GTEST_SKIP() << "under a sanitizer";
    std::string pattern = (fs::temp_directory_path() / "breakeven-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    plan_.suite = "long";
    plan_.context = machine_context("/proc/self/exe");
    plan_.results = (folder_ / "results.json").string();
    plan_.resume = true;
    plan_.quiet = true;
    plan_.session.rounds = rounds();
    plan_.builds = {{.name = "head", .executable = "/proc/self/exe", .extra = 0}};
    plan_.cases.push_back(planned_case("serial", Role::kBaseline, 1));
    for (unsigned workers = 1; workers <= kCases; ++workers)
      plan_.cases.push_back(planned_case("thread_pool", Role::kCase, workers));
    write_journal();
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  // Every sample of every round, in the schedule's order, as a run would have written it.
  void write_journal() {
    Json said = {{"iterations", kMaxIterations},
                 {"batch", 1},
                 {"iteration_ns", std::vector<double>(kMaxIterations, 1234567.125)},
                 {"real_time_ns", 1234567.125},
                 {"timed_s", 1234567.125e-9 * kMaxIterations},
                 {"warmup_s", 0.005},
                 {"digest", "0123abcd"}};
    for (int i = 0; i < 20; ++i) said["covariates"]["covariate_" + std::to_string(i)] = 0.125 * i;
    const Record record = *find_record(Json{{"breakeven_sample", said}}.dump());
    std::ofstream file(journal_path(plan_));
    file << journal_line("journal", journal_header(plan_)) << "\n"
         << journal_line("session", to_json(plan_.session)) << "\n";
    const auto blocks = blocks_of(plan_.cases);
    const std::vector<bool> live(plan_.cases.size(), true);
    std::uint64_t sequence = 0;
    for (unsigned round = 0; round < rounds(); ++round) {
      for (const auto& slot : round_order(plan_.seed, round, blocks, live, 1)) {
        const Taking taking{.planned = plan_.cases[slot.planned],
                            .slot = slot,
                            .block = blocks[slot.block].name,
                            .build = plan_.builds[0].name,
                            .round = round,
                            .most_rounds = rounds(),
                            .sequence = sequence,
                            .started_s = 0.01 * static_cast<double>(sequence)};
        file << journal_line("sample", sample_row(taking, record)) << "\n";
        ++sequence;
      }
    }
    samples_ = sequence;
  }

  fs::path folder_;
  RunPlan plan_;
  std::uint64_t samples_ = 0;
};

TEST_F(LongRun, ResultsAreDerivedInMemoryThatDoesNotGrowWithTheSamples) {
  const auto before = peak_kibibytes();
  EXPECT_EQ(derive_results(journal_path(plan_), plan_.results).samples, samples_);
  EXPECT_LT(peak_kibibytes() - before, 4 * 1024);
}

TEST_F(LongRun, IsTakenUpAgainInAFewHundredBytesASample) {
  const auto before = peak_kibibytes();
  const auto report = run_suite(plan_, Catalogue());
  EXPECT_EQ(report.counts.samples, samples_);
  std::printf("%llu samples, peak memory %ld MiB\n", static_cast<unsigned long long>(samples_),
              peak_kibibytes() / 1024);
  EXPECT_LT(peak_kibibytes() - before, static_cast<long>(samples_ * 512 / 1024));
}

}  // namespace
}  // namespace breakeven
