// The contract's own parts: words, options, jobs and their proof of work, payload memory.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "backends/contract/error.h"
#include "backends/contract/job.h"
#include "backends/contract/options.h"
#include "backends/contract/registry.h"
#include "tests/cpp/test_workloads.h"

namespace breakeven {
namespace {

using test::Echo;
using test::Nothing;

// --- words ---

TEST(UnknownWord, NamesTheNearest) {
  const std::vector<std::string> valid{"serial", "thread_pool", "fork_pool"};
  EXPECT_EQ(unknown_word("backend", "thread_pol", valid),
            "unknown backend \"thread_pol\"; did you mean \"thread_pool\"?");
  EXPECT_EQ(unknown_word("backend", "seiral", valid), "unknown backend \"seiral\"; did you mean \"serial\"?");
  EXPECT_EQ(unknown_word("backend", "forkpool", valid),
            "unknown backend \"forkpool\"; did you mean \"fork_pool\"?");
}

TEST(UnknownWord, ListsAllWhereNothingIsNear) {
  EXPECT_EQ(unknown_word("suite", "zzzzzzzz", {"article", "quick"}),
            "unknown suite \"zzzzzzzz\"; valid: article, quick");
  EXPECT_EQ(unknown_word("suite", "x", {}), "unknown suite \"x\"; valid: ");
}

TEST(UnknownWord, CutsWhatIsAbsurdlyLong) {
  EXPECT_LT(unknown_word("flag", std::string(100'000, 'y'), {"--out"}).size(), 400U);
}

// --- options ---

const OptionSchema kSchema{
    {"transport", {"pipe", "shm"}, ""}, {"help", {"on", "off"}, ""}, {"grow", {"no", "yes"}, ""}};

std::string usage_error_of(std::string_view text, const OptionSchema& schema = kSchema) {
  try {
    parse_options("fork_pool", text, schema);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Options, AreCompleteWithTheirDefaults) {
  EXPECT_EQ(parse_options("fork_pool", "", kSchema),
            (Options{{"transport", "pipe"}, {"help", "on"}, {"grow", "no"}}));
}

TEST(Options, AreReadInAnyOrder) {
  const Options expected{{"transport", "shm"}, {"help", "off"}, {"grow", "yes"}};
  EXPECT_EQ(parse_options("fork_pool", "/shm,help=off,grow=yes", kSchema), expected);
  EXPECT_EQ(parse_options("fork_pool", "/shm,grow=yes,help=off", kSchema), expected);
}

TEST(Options, HaveOneCanonicalSpelling) {
  const auto canonical = [](std::string_view text) {
    return canonical_name("fork_pool", parse_options("fork_pool", text, kSchema), kSchema);
  };
  EXPECT_EQ(canonical(""), "fork_pool/pipe");  // the transport is always shown
  EXPECT_EQ(canonical("/shm,help=off,grow=yes"), "fork_pool/shm,grow=yes,help=off");
  EXPECT_EQ(canonical("/pipe,help=on"), "fork_pool/pipe");
  EXPECT_EQ(canonical_name("serial", {}, {}), "serial");
}

TEST(Options, TheCanonicalSpellingReadsBackAsTheSameOptions) {
  for (const char* text : {"", "/shm", ",grow=yes", "/shm,help=off,grow=yes"}) {
    const auto options = parse_options("fork_pool", text, kSchema);
    const auto name = canonical_name("fork_pool", options, kSchema);
    EXPECT_EQ(parse_options("fork_pool", std::string_view(name).substr(9), kSchema), options);
  }
}

TEST(Options, AWrongWordNamesTheNearestRightOne) {
  EXPECT_EQ(usage_error_of(",hepl=off"), "unknown option of fork_pool \"hepl\"; did you mean \"help\"?");
  EXPECT_EQ(usage_error_of("/shn"),
            "unknown value of fork_pool's option transport \"shn\"; did you mean \"shm\"?");
  EXPECT_EQ(usage_error_of(",grow=yse"),
            "unknown value of fork_pool's option grow \"yse\"; did you mean \"yes\"?");
}

TEST(Options, WhatIsNoOptionSaysHowToWriteOne) {
  EXPECT_EQ(usage_error_of(",help"),
            "backend \"fork_pool\": \"help\" is not key=value; write fork_pool[/transport][,key=value...]");
  EXPECT_NE(usage_error_of(","), "no error");
  EXPECT_NE(usage_error_of("help=off"), "no error");
  EXPECT_NE(usage_error_of("/"), "no error");
  EXPECT_EQ(usage_error_of(",help=off", {}), "backend \"fork_pool\" has no options; drop \"help\"");
}

// --- registry ---

struct Entry {
  std::string name;
};

TEST(Registry, IsSortedAndFindsByName) {
  Registry<Entry> registry;
  for (const char* name : {"b", "c", "a"}) registry.add({name});
  ASSERT_EQ(registry.all().size(), 3U);
  EXPECT_EQ(registry.all()[0].name, "a");
  EXPECT_EQ(registry.all()[2].name, "c");
  EXPECT_EQ(registry.find("b")->name, "b");
  EXPECT_EQ(registry.find("d"), nullptr);
  EXPECT_THROW(registry.add({"a"}), std::logic_error);
}

// --- jobs ---

struct JobOf10 : testing::Test {
  const Echo echo{{.in = 10, .out = 30}};
  Job job{echo, 10, 3, Memory::kPrivate};
  void SetUp() override {
    job.fill();
    job.poison();
  }
};

TEST_F(JobOf10, ExecutedOnceByAnyWorkersIsExact) {
  job.execute(2, 0, 4);
  job.execute(0, 7, 10);
  job.execute(1, 4, 7);
  EXPECT_EQ(job.tally_error(1), std::nullopt);
  EXPECT_NE(job.tally_error(2), std::nullopt);
  job.execute(1, 0, 10);
  EXPECT_EQ(job.tally_error(2), std::nullopt);
}

TEST_F(JobOf10, AnOmittedTaskIsNoticed) {
  job.execute(0, 0, 9);
  EXPECT_EQ(job.tally_error(1), "9 tasks were done where 10 were due");
}

TEST_F(JobOf10, ATaskDoneTwiceIsNoticed) {
  job.execute(0, 0, 10);
  job.execute(1, 3, 4);
  EXPECT_EQ(job.tally_error(1), "11 tasks were done where 10 were due");
}

TEST_F(JobOf10, ATaskDoneInPlaceOfAnotherIsNoticed) {
  job.execute(0, 0, 9);
  job.execute(1, 3, 4);
  EXPECT_EQ(job.tally_error(1), "some task was done more often than another");
}

// A sum linear in the index would miss this one.
TEST_F(JobOf10, TwoTasksDoneInPlaceOfTheirNeighboursAreNoticed) {
  job.execute(0, 0, 2);
  job.execute(0, 3, 4);
  job.execute(0, 3, 4);
  job.execute(0, 3, 4);
  job.execute(0, 5, 10);
  EXPECT_EQ(job.tally_error(1), "some task was done more often than another");
}

TEST_F(JobOf10, ALostTaskIsAccountedForAndOnlyThatOne) {
  job.execute(0, 0, 5);
  job.execute(0, 6, 10);
  EXPECT_EQ(job.tally_error(1, {5}), std::nullopt);
  EXPECT_NE(job.tally_error(1, {6}), std::nullopt);
}

TEST_F(JobOf10, ResettingTheTallyForgetsRunsAndFailures) {
  job.complete(0, 1, {.bytes = 0, .failed = true, .message = "no"});
  job.execute(0, 0, 10);
  job.reset_tally();
  EXPECT_EQ(job.tally_error(0), std::nullopt);
  EXPECT_EQ(job.failure_count(), 0U);
  EXPECT_TRUE(job.failures().empty());
}

TEST_F(JobOf10, CompletingElsewhereEqualsExecutingHere) {
  Job here(echo, 10, 1, Memory::kPrivate);
  here.fill();
  here.execute(0, 0, 10);
  for (std::size_t task = 0; task < 10; ++task) {
    job.complete(2, task, run_task(echo, job.input(task), job.output(task)));
  }
  EXPECT_EQ(job.tally_error(1), std::nullopt);
  EXPECT_EQ(job.digest(), here.digest());
  EXPECT_EQ(job.output_bytes(9), echo.output_capacity());
}

TEST_F(JobOf10, TheDigestNoticesAByteALengthAndAnOrder) {
  job.execute(0, 0, 10);
  const auto right = job.digest();
  job.output(4)[20] ^= std::byte{1};
  EXPECT_NE(job.digest(), right);
  job.output(4)[20] ^= std::byte{1};
  EXPECT_EQ(job.digest(), right);
  job.complete(0, 4, {.bytes = echo.output_capacity() - 1});
  EXPECT_NE(job.digest(), right);
  job.execute(0, 4, 5);
  std::swap_ranges(job.output(2).begin(), job.output(2).end(), job.output(3).begin());
  EXPECT_NE(job.digest(), right);
}

TEST_F(JobOf10, PoisonSpoilsEveryOldResult) {
  job.execute(0, 0, 10);
  const auto right = job.digest();
  job.poison();
  EXPECT_NE(job.digest(), right);
  job.execute(0, 0, 9);  // one stale output must not pass
  EXPECT_NE(job.digest(), right);
  job.execute(0, 9, 10);
  EXPECT_EQ(job.digest(), right);
}

TEST_F(JobOf10, SlotsShareNoCacheLine) {
  for (std::size_t task = 0; task < 10; ++task) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(job.input(task).data()) % kCacheLine, 0U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(job.output(task).data()) % kCacheLine, 0U);
    EXPECT_EQ(job.output(task).size(), echo.output_capacity());
  }
}

TEST(Job, AThrowFailsItsTaskAloneAndKeepsTheMessage) {
  const Echo echo({}, 1, {2, 5});
  Job job(echo, 8, 1, Memory::kPrivate);
  job.fill();
  job.execute(0, 0, 8);
  EXPECT_EQ(job.tally_error(1), std::nullopt);
  EXPECT_EQ(job.failure_count(), 2U);
  ASSERT_EQ(job.failures().size(), 2U);
  EXPECT_EQ(job.failures()[1].task, 5U);
  EXPECT_EQ(job.failures()[1].message, Echo::message(5));
  EXPECT_EQ(job.output_bytes(5), 0U);
  EXPECT_EQ(job.output_bytes(6), echo.output_capacity());
}

TEST(Job, KeepsTheMessagesOfTheFirstFailuresAndCountsAll) {
  std::set<std::size_t> all;
  for (std::size_t task = 0; task < 1000; ++task) all.insert(task);
  const Echo echo({}, 1, all);
  Job job(echo, 1000, 1, Memory::kPrivate);
  job.fill();
  job.execute(0, 0, 1000);
  EXPECT_EQ(job.failure_count(), 1000U);
  EXPECT_LT(job.failures().size(), 1000U);
  EXPECT_EQ(job.failures().front().task, 0U);
}

struct ThrowsAnInteger : Nothing {
  std::size_t run(Bytes, MutableBytes) const override { throw 42; }
};

TEST(Job, AnExceptionOfAnyTypeHasAMessage) {
  const auto result = run_task(ThrowsAnInteger{}, {}, {});
  EXPECT_TRUE(result.failed);
  EXPECT_EQ(result.message, "an exception that is not a std::exception");
}

TEST(JobDeathTest, ABackendThatCountsItsWorkersWronglyIsNamedInsteadOfWritingElsewhere) {
  const Echo echo;
  Job job(echo, 2, 1, Memory::kShared);  // a fork keeps no private payload
  EXPECT_DEATH(job.execute(1, 0, 1), "ran a task as worker 1, but its workers are 0 to 0");
  EXPECT_DEATH(job.complete(7, 0, {.bytes = 8}), "ran a task as worker 7");
}

TEST(Job, OfNoTasksOrNoBytesIsComplete) {
  const Echo echo;
  Job none(echo, 0, 2, Memory::kShared);
  none.fill();
  none.poison();
  none.execute(0, 0, 0);
  EXPECT_EQ(none.tally_error(1), std::nullopt);
  EXPECT_EQ(none.digest(), 0U);
  const Nothing nothing;
  Job empty(nothing, 100, 2, Memory::kPrivate);
  empty.fill();
  empty.execute(1, 0, 100);
  EXPECT_EQ(empty.tally_error(1), std::nullopt);
  EXPECT_EQ(empty.digest(), 0U);
}

TEST(Job, ThatCannotFitSaysSo) {
  const Echo echo({.in = std::size_t{1} << 40, .out = 0});
  EXPECT_THROW(Job(echo, std::size_t{1} << 40, 1, Memory::kPrivate), std::length_error);
  EXPECT_THROW(Job(echo, 1000, 1, Memory::kPrivate), std::system_error);
}

// --- payload memory ---

// Runs `work` in a forked child; returns its wait status.
template <class Work>
int status_of_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would exit instead
    work();
    ::_exit(0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

class RegionOf : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Bytes, RegionOf, testing::Values(1, 4096, 100'000, std::size_t{5} << 20),
                         testing::PrintToStringParamName());

// The child finds a hole there, or what it mapped into the hole itself (ThreadSanitizer does).
TEST_P(RegionOf, PrivateMemoryCannotBeReadByAChild) {
  const Region region(GetParam(), Memory::kPrivate);
  for (const std::size_t at : {std::size_t{0}, GetParam() - 1}) {
    region.data()[at] = std::byte{7};
    const int status = status_of_child([&] {
      if (region.data()[at] == std::byte{7}) ::_exit(1);
    });
    EXPECT_TRUE(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)) << status;
    EXPECT_EQ(region.data()[at], std::byte{7});
  }
}

TEST_P(RegionOf, SharedMemoryIsOneCopy) {
  const Region region(GetParam(), Memory::kShared);
  std::byte* const last = region.data() + GetParam() - 1;
  *last = std::byte{7};
  EXPECT_EQ(status_of_child([&] {
              if (*last != std::byte{7}) ::_exit(1);
              *last = std::byte{8};
            }),
            0);
  EXPECT_EQ(*last, std::byte{8});
}

TEST_P(RegionOf, InheritedMemoryIsCopiedOnWrite) {
  const Region region(GetParam(), Memory::kInherited);
  std::byte* const last = region.data() + GetParam() - 1;
  *last = std::byte{7};
  EXPECT_EQ(status_of_child([&] {
              if (*last != std::byte{7}) ::_exit(1);
              *last = std::byte{8};
            }),
            0);
  EXPECT_EQ(*last, std::byte{7});
}

TEST_P(RegionOf, BeginsAsZeroes) {
  for (const Memory memory : {Memory::kPrivate, Memory::kShared, Memory::kInherited}) {
    const Region region(GetParam(), memory);
    EXPECT_EQ(region.size(), GetParam());
    EXPECT_TRUE(std::all_of(region.data(), region.data() + region.size(),
                            [](std::byte b) { return b == std::byte{0}; }));
  }
}

TEST(Region, OfNoBytesIsEmpty) {
  const Region region(0, Memory::kShared);
  EXPECT_EQ(region.data(), nullptr);
  EXPECT_EQ(region.size(), 0U);
}

TEST(Region, ThatCannotBeHadSaysWhatToDo) {
  try {
    const Region region(std::size_t{1} << 60, Memory::kPrivate);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("use fewer or smaller tasks"), std::string::npos);
  }
}

}  // namespace
}  // namespace breakeven
