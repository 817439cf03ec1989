// A supervised command ends, however it ends, with every descendant of it.
#include "bench/process/supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace breakeven {
namespace {

using std::chrono::milliseconds;

Ended run_shell(const std::string& script, milliseconds deadline = milliseconds{0}) {
  Supervisor supervisor;
  return supervisor.run({.words = {"sh", "-c", script}, .env = {}, .deadline = deadline});
}

bool alive(pid_t process) { return ::kill(process, 0) == 0; }

TEST(Supervisor, ReportsOutputAndExitCode) {
  const auto ended = run_shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(ended.out, "out\n");
  EXPECT_EQ(ended.err, "err\n");
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.signal, 0);
}

TEST(Supervisor, ReportsTheSignalThatEndedACommand) {
  const auto ended = run_shell("kill -SEGV $$");
  EXPECT_EQ(ended.signal, SIGSEGV);
}

TEST(Supervisor, AddsToTheEnvironment) {
  Supervisor supervisor;
  const auto ended = supervisor.run(
      {.words = {"sh", "-c", "echo $BREAKEVEN_WORD"}, .env = {{"BREAKEVEN_WORD", "yes"}}, .deadline = {}});
  EXPECT_EQ(ended.out, "yes\n");
}

TEST(Supervisor, RunsACommandInAFolder) {
  Supervisor supervisor;
  const auto ended = supervisor.run({.words = {"pwd"}, .env = {}, .folder = "/usr", .deadline = {}});
  EXPECT_EQ(ended.out, "/usr\n");
  EXPECT_THROW(supervisor.run({.words = {"pwd"}, .env = {}, .folder = "/no/such/folder", .deadline = {}}),
               std::system_error);
}

TEST(Supervisor, TellsTheTimesOfACommandWithThoseOfItsChildren) {
  const auto ended = run_shell("(i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done); sleep 0.05");
  EXPECT_GE(ended.wall, milliseconds{50});
  EXPECT_GT(ended.cpu.count(), 0);
  EXPECT_LT(ended.cpu, ended.wall);
}

TEST(Supervisor, SaysThatAnOutputIsCut) {
  const auto ended = run_shell("head -c 17000000 /dev/zero");
  EXPECT_TRUE(ended.out_is_cut);
  EXPECT_EQ(ended.out.size(), std::size_t{16} << 20);
  EXPECT_FALSE(run_shell("head -c 16777216 /dev/zero").out_is_cut);
}

TEST(Supervisor, EndsACommandAtItsDeadline) {
  const auto ended = run_shell("while :; do sleep 1; done", milliseconds{50});
  EXPECT_TRUE(ended.timed_out);
}

TEST(Supervisor, AsksACommandToEndBeforeItIsKilled) {
  Supervisor supervisor;
  const auto run = [&](const std::string& script) {
    return supervisor.run({.words = {"sh", "-c", script},
                           .env = {},
                           .deadline = milliseconds{50},
                           .end_signal = SIGTERM,
                           .end_grace = milliseconds{300}});
  };
  const auto orderly = run("trap 'echo orderly; exit 5' TERM; while :; do sleep 0.01; done");
  EXPECT_TRUE(orderly.timed_out);
  EXPECT_EQ(orderly.out, "orderly\n");
  EXPECT_EQ(orderly.exit_code, 5);
  const auto deaf = run("trap '' TERM; while :; do sleep 0.01; done");
  EXPECT_TRUE(deaf.timed_out);
  EXPECT_EQ(deaf.signal, SIGKILL);
  EXPECT_GE(deaf.wall, milliseconds{350});
}

TEST(Supervisor, WhoFollowsACommandIntoItsEndIsNoStray) {
  const auto ended = run_shell("setsid sleep 0.05 > /dev/null 2>&1 & exit 0");
  EXPECT_EQ(ended.strays, 0);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // and nobody is left
}

TEST(Supervisor, KeepsTheFirstAndTheLastWordsOfStandardError) {
  const auto ended = run_shell("echo first >&2; head -c 100000 /dev/zero | tr '\\0' x >&2; echo last >&2");
  EXPECT_EQ(ended.err.find("first"), 0U);
  EXPECT_EQ(ended.err.rfind("last\n"), ended.err.size() - 5);
  EXPECT_LE(ended.err.size(), 2048U);
}

TEST(Supervisor, EndsWhatACommandLeftBehindEvenInAnotherGroup) {
  const auto ended =
      run_shell("setsid sh -c 'echo $$; exec >&- 2>&-; while :; do sleep 1; done' & sleep 0.2");
  EXPECT_GE(ended.strays, 1);
  const pid_t stray = std::stoi(ended.out);
  EXPECT_FALSE(alive(stray));
}

TEST(Supervisor, EndsGrandchildrenOfACommandThatWasKilled) {
  const auto ended = run_shell("setsid sh -c 'sleep 100 & echo $!; wait' & wait", milliseconds{300});
  EXPECT_TRUE(ended.timed_out);
  ASSERT_FALSE(ended.out.empty());
  EXPECT_FALSE(alive(std::stoi(ended.out)));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Supervisor, ReadsLargeOutputWithoutBlocking) {
  const auto ended =
      run_shell("head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2");
  EXPECT_EQ(ended.out.size(), 3000000u);
  EXPECT_LE(ended.err.size(), 2048u);  // the rest is dropped
}

TEST(Supervisor, GivesACommandNoInput) { EXPECT_EQ(run_shell("cat").exit_code, 0); }

TEST(Supervisor, SaysWhenACommandCannotBeStarted) {
  Supervisor supervisor;
  try {
    supervisor.run({.words = {"/no/such/program"}, .env = {}, .deadline = {}});
    FAIL() << "nothing was thrown";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_NE(std::string(error.what()).find("/no/such/program"), std::string::npos);
  }
}

TEST(Supervisor, EndsACommandWhenItIsInterrupted) {
  Supervisor supervisor;
  const auto parent = std::to_string(::getpid());
  const auto ended =
      supervisor.run({.words = {"sh", "-c", "kill -TERM " + parent + "; while :; do sleep 1; done"},
                      .env = {},
                      .deadline = {}});
  EXPECT_TRUE(ended.interrupted);
  EXPECT_EQ(supervisor.interrupted(), SIGTERM);
}

TEST(Supervisor, CommandDiesWithItsSupervisor) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t supervising = ::fork();
  if (supervising == 0) {
    Supervisor supervisor;
    // By its path: a shell's redirection takes descriptors of one digit, which may be anybody's here.
    const auto pipe = "/proc/self/fd/" + std::to_string(ends[1]);
    supervisor.run({.words = {"sh", "-c", "echo $$ >" + pipe + "; while :; do sleep 1; done"},
                    .env = {},
                    .deadline = {}});
    ::_exit(0);
  }
  ::close(ends[1]);
  char text[32] = {};
  ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);  // the command runs
  ::kill(supervising, SIGKILL);
  ::waitpid(supervising, nullptr, 0);
  while (::read(ends[0], text, sizeof text) > 0) {  // ends when nobody holds the pipe any more
  }
  SUCCEED();
}

}  // namespace
}  // namespace breakeven
