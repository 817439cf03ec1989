// The fork pool when things go wrong: every fault is injected for real.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include <array>
#include <random>
#include <thread>
#include <utility>

#include "backends/backend.h"
#include "tests/cpp/fork_pool_fixture.h"

namespace breakeven::fork_pool {
namespace {

using ForkPoolFault = ForkPoolFixture;
INSTANTIATE_TEST_SUITE_P(Over, ForkPoolFault, each_transport(), name_of_transport);

class ForkPoolDeath : public ForkPoolFixture {
 protected:
  // A worker dies in a task: that task is lost, and named with how the worker ended.
  void loses_the_running_task_alone(void (*die)(), int signal, int exit_code) {
    for (const bool help : {true, false}) {
      // With help no more than a pipe holds: here the caller waits for the worker, and
      // moves nothing meanwhile.
      for (const std::size_t size : {std::size_t{8}, std::size_t{help ? 50U : 1200U} << 10}) {
        for (const std::size_t chunk : {1, 5}) {
          shared().struck = 0;
          const auto function = [&](Bytes input, MutableBytes output) {
            let_a_worker_strike();
            if (strikes()) {
              shared().done = task_in(input);
              die();
            }
            return echo(input, output);
          };
          Pool pool(function, with({.workers = 2, .caller_works = help}));
          pool.start();
          const auto hired = pool.workers();
          Slots slots(12, size, size);
          fill(slots);
          const auto losses = pool.run(slots, chunk).losses;
          ASSERT_EQ(losses.size(), 1U);
          EXPECT_EQ(losses[0].task, shared().done);
          EXPECT_GE(losses[0].worker, help ? 1U : 0U);
          EXPECT_EQ(losses[0].signal, signal);
          EXPECT_EQ(losses[0].exit_code, exit_code);
          expect_echoed(slots, losses);
          EXPECT_EQ(pool.workers().size(), hired.size());
          EXPECT_TRUE(hired.empty() || pool.workers() != hired);
          EXPECT_TRUE(pool.run(slots, chunk).losses.empty());
        }
      }
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Over, ForkPoolDeath, each_transport(), name_of_transport);

TEST_P(ForkPoolDeath, BySigkillLosesTheRunningTaskAloneAndHeals) {
  loses_the_running_task_alone([] { ::raise(SIGKILL); }, SIGKILL, 0);
}

TEST_P(ForkPoolDeath, BySigsegvLosesTheRunningTaskAloneAndHeals) {
  const auto die = [] {
    *static_cast<volatile char*>(::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) = 1;
  };
  loses_the_running_task_alone(die, SIGSEGV, 0);
}

// Found by looking, not by the end of its results: it never ends by itself.
TEST_P(ForkPoolDeath, BySigstopLosesTheRunningTaskAloneAndHeals) {
  loses_the_running_task_alone([] { ::raise(SIGSTOP); }, SIGKILL, 0);
}

TEST_P(ForkPoolDeath, ByExitLosesTheRunningTaskAloneAndHeals) {
  loses_the_running_task_alone([] { ::_exit(3); }, 0, 3);
}

// A worker that answers often must not keep the pool from looking at the others.
TEST_P(ForkPoolFault, ReplacesAStoppedWorkerWhileAnotherIsAnswering) {
  const auto function = [&](Bytes input, MutableBytes output) {
    static const bool first_two = shared().begun_workers++ < 2;
    if (!first_two) ++shared().done;
    if (strikes()) ::raise(SIGSTOP);
    std::this_thread::sleep_for(10ms);
    return echo(input, output);
  };
  Pool pool(function, with({.workers = 2, .caller_works = false}));
  pool.start();
  Slots slots(100, 8, 8);
  fill(slots);
  const auto losses = pool.run(slots, 1).losses;
  ASSERT_EQ(losses.size(), 1U);
  expect_echoed(slots, losses);
  EXPECT_NE(shared().done, 0U) << "the other one had to do it all";
}

TEST_P(ForkPoolFault, OutlivesTasksThatAllKillTheirWorker) {
  const auto function = [](Bytes, MutableBytes) -> std::size_t { ::_exit(9); };
  Pool pool(function, with({.workers = 2, .caller_works = false}));
  pool.start();
  Slots slots(30, 8, 8);
  fill(slots);
  EXPECT_EQ(pool.run(slots).losses.size(), 30U);
  EXPECT_EQ(pool.workers().size(), living(2));
}

TEST_P(ForkPoolFault, ReplacesWorkersKilledOrStoppedWhileIdle) {
  for (const int signal : {SIGKILL, SIGSEGV, SIGSTOP}) {
    for (const bool help : {true, false}) {
      Pool pool(echo, with({.workers = 3, .caller_works = help}));
      pool.start();
      const auto hired = pool.workers();
      for (const pid_t pid : hired) {
        ::kill(pid, signal);
        wait_until_struck(pid);
      }
      EXPECT_EQ(pool.workers().size(), signal == SIGSTOP ? hired.size() : 0);
      Slots slots(100, 1000, 1000);
      fill(slots);
      // A run that ends in less time than a death or a stop takes to be seen heals nothing.
      EXPECT_TRUE(within_a_minute([&] {
        EXPECT_TRUE(pool.run(slots, 1).losses.empty());
        expect_echoed(slots, {});
        const auto workers = pool.workers();
        return workers.size() == living(help ? 2 : 3) &&
               std::ranges::find_first_of(workers, hired) == workers.end();
      }));
    }
  }
}

TEST_P(ForkPoolFault, ReportsADeathThatSomebodyElseReaped) {
  ::signal(SIGCHLD, SIG_IGN);
  const auto function = [&](Bytes input, MutableBytes output) {
    if (strikes()) ::_exit(3);
    return echo(input, output);
  };
  Slots slots(10, 8, 8);
  fill(slots);
  Pool pool(function, with({.workers = 2, .caller_works = false}));
  pool.start();
  const auto losses = pool.run(slots).losses;
  pool.stop();
  ::signal(SIGCHLD, SIG_DFL);
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].exit_code, -1);
  expect_echoed(slots, losses);
}

// The worker's child keeps the pipes open, so their end never comes.
TEST_P(ForkPoolFault, SeesADeathThatAGrandchildHides) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // so that this test can reap it
  const auto function = [&](Bytes input, MutableBytes output) {
    if (!strikes()) return echo(input, output);
    const pid_t pid = ::fork();
    if (pid == 0) {
      while (true) ::pause();
    }
    shared().grandchild = pid;
    ::_exit(3);
  };
  Pool pool(function, with({.workers = 1, .caller_works = false}));
  pool.start();
  Slots slots(10, 8, 8);
  fill(slots);
  const auto losses = pool.run(slots).losses;
  ::kill(shared().grandchild, SIGKILL);
  EXPECT_EQ(::waitpid(shared().grandchild, nullptr, 0), shared().grandchild);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].exit_code, 3);
  expect_echoed(slots, losses);
}

TEST_P(ForkPoolFault, KillsATaskBeyondItsDeadline) {
  const auto function = [](Bytes input, MutableBytes output) {
    while (task_in(input) % 5 == 2) ::pause();
    return echo(input, output);
  };
  Pool pool(function,
            with({.workers = 2, .deadline = 50ms}));  // the caller cannot be killed, so it does not work
  pool.start();
  EXPECT_EQ(pool.workers().size(), living(2));
  Slots slots(15, 8, 8);
  fill(slots);
  auto losses = pool.run(slots).losses;
  std::ranges::sort(losses, {}, &Loss::task);
  ASSERT_EQ(losses.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(losses[i].task, 5 * i + 2);
    EXPECT_EQ(losses[i].signal, SIGKILL);
  }
  expect_echoed(slots, losses);
}

// `busy`: each worker in a task without end; else none has got any.
[[noreturn]] void call_without_end(Pool& pool, Shared& shared, bool busy) {
  pool.start();
  Slots slots(2, 8, 8);
  if (busy) pool.run(slots, 1);
  for (int worker = 0; worker < 2; ++worker) ::sem_post(&shared.begun);
  while (true) ::pause();
}

TEST_P(ForkPoolFault, EndsWithItsCallerWhateverItIsDoing) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // orphans become ours
  for (const int signal : {SIGKILL, SIGTERM}) {
    for (const bool busy : {true, false}) {
      const pid_t caller = ::fork();
      if (caller == 0) {
        const auto never_ends = [&](Bytes, MutableBytes) -> std::size_t {
          ::sem_post(&shared().begun);
          while (true) ::pause();
        };
        Pool pool(never_ends, with({.workers = 2, .caller_works = false}));
        call_without_end(pool, shared(), busy);
      }
      for (int worker = 0; worker < 2; ++worker) {
        while (::sem_wait(&shared().begun) != 0) continue;
      }
      ::kill(caller, signal);
      int status = 0;
      EXPECT_EQ(::waitpid(caller, &status, 0), caller);
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal);
      // An idle one may see that its caller is gone before the kernel kills it.
      for (std::size_t worker = 0; worker < (busy ? 2 : living(2)); ++worker) {
        EXPECT_GT(::waitpid(-1, &status, 0), 0);
        EXPECT_TRUE(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : !busy);
      }
    }
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

// Shapes, chunks and moments at random: a worker's first task sets an alarm that kills it, wherever
// it then is.
TEST_P(ForkPoolFault, EveryTaskIsDoneOrLostWhileWorkersDieAtRandomMoments) {
  const auto function = [&](Bytes input, MutableBytes output) {
    static pid_t armed = 0;
    if (in_worker() && std::exchange(armed, ::getpid()) != ::getpid()) {
      const itimerval once = {{0, 0}, {0, 1 + ::getpid() * 7919 % 20'000}};
      ::setitimer(ITIMER_REAL, &once, nullptr);
    }
    return echo(input, output);
  };
  std::minstd_rand random(1);
  for (int round = 0; round < 6; ++round) {
    Pool pool(function, with({.workers = 3, .caller_works = round % 2 == 0}));
    pool.start();
    for (int run = 0; run < 5; ++run) {
      const std::size_t size = std::array{8, 600, 4064, 5000, 70'000, 1'500'000}[random() % 6];
      Slots slots(1 + random() % std::min<std::size_t>(2000, 10'000'000 / size), size, size);
      fill(slots);
      const auto losses = pool.run(slots, std::array<std::size_t, 4>{0, 1, 3, 300}[random() % 4]).losses;
      expect_echoed(slots, losses);
      for (const auto& loss : losses) EXPECT_EQ(loss.signal, SIGALRM);
    }
  }
}

// As the harness sees it.
class Deadly : public Workload {
 public:
  std::size_t input_size() const override { return 8; }
  std::size_t output_capacity() const override { return 8; }
  void fill(std::size_t task, MutableBytes input) const override { store<std::uint64_t>(task, input); }
  std::size_t run(Bytes input, MutableBytes output) const override {
    if (task_in(input) == 7) ::raise(SIGKILL);
    while (task_in(input) == 9) ::pause();
    return echo(input, output);
  }
};

TEST_P(ForkPoolFault, TheBackendReportsLossesAndADeadlineTakesTheCallerOut) {
  const auto* factory = BackendRegistry::instance().find("fork_pool");
  ASSERT_NE(factory, nullptr);
  const Deadly workload;
  Plan plan{breakeven::Setup{}, workload};
  plan.workers = 2;
  plan.options = parse_options("fork_pool", "/" + GetParam(), factory->options);
  EXPECT_TRUE(factory->traits(plan).caller_works);
  plan.deadline = 50ms;
  EXPECT_FALSE(factory->traits(plan).caller_works);
  const auto backend = factory->make(plan);
  backend->start();
  EXPECT_EQ(backend->workers().size(), living(2));
  Job job(workload, 20, plan.workers, factory->traits(plan).payload);
  job.fill();
  const auto outcome = backend->run(job);
  ASSERT_EQ(outcome.losses.size(), 2U);
  EXPECT_EQ(job.tally_error(1, {7, 9}).value_or("exact"), "exact");
  EXPECT_EQ(outcome.losses[0].signal, SIGKILL);
}

TEST_P(ForkPoolFault, StopsAWorkerThatWillNotLeave) {
  Pool pool(echo, with({.workers = 2, .caller_works = false}));
  pool.start();
  if (living(2) == 0) GTEST_SKIP() << "no worker is idle";
  ::kill(pool.workers()[0], SIGSTOP);  // it cannot see that the pool is closed
}

}  // namespace
}  // namespace breakeven::fork_pool
