// The fork pool by itself: what it promises beyond the backend contract.
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "tests/cpp/fork_pool_fixture.h"

namespace breakeven::fork_pool {
namespace {

class ForkPoolTest : public ForkPoolFixture {
 protected:
  static bool takes_back() { return make_transport(GetParam(), {})->revocable_bytes() != 0; }
};
INSTANTIATE_TEST_SUITE_P(Over, ForkPoolTest, each_transport(), name_of_transport);

TEST_P(ForkPoolTest, ServesAnyFunctionWithoutTheHarness) {
  for (const bool help : {true, false}) {
    for (const std::size_t chunk : {0, 1, 7, 5000}) {
      Pool pool(echo, with({.workers = 3, .caller_works = help}));
      pool.start();
      Slots slots(1000, 24, 24);
      fill(slots);
      EXPECT_TRUE(pool.run(slots, chunk).losses.empty());
      expect_echoed(slots, {});
      EXPECT_EQ(pool.workers().size(), living(help ? 2 : 3));
    }
  }
}

// Headers of requests and results aside, which differ.
TEST_P(ForkPoolTest, CountsEveryByteThatCrossed) {
  Pool pool(echo, with({.workers = 1, .caller_works = false}));
  pool.start();
  Slots slots(10, 1000, 1000);
  fill(slots);
  const auto memory = transport_memory(GetParam());
  const std::size_t carried = memory == Memory::kPrivate ? 2000 : memory == Memory::kInherited ? 1000 : 0;
  for (int run = 0; run < 2; ++run) {
    const auto bytes = pool.run(slots, 1).bytes_moved;
    EXPECT_GE(bytes, 10 * (carried + 32 + 16));
    EXPECT_LE(bytes, 10 * (carried + 64 + 16));
  }
}

TEST_P(ForkPoolTest, CarriesPayloadBeyondAnyPipeWithoutDeadlock) {
  for (const bool help : {true, false}) {
    Pool pool(echo, with({.workers = 3, .caller_works = help}));
    pool.start();
    Slots slots(5, (std::size_t{9} << 20) + 5, (std::size_t{9} << 20) + 5);
    fill(slots);
    EXPECT_TRUE(pool.run(slots, 2).losses.empty());
    expect_echoed(slots, {});
  }
}

TEST_P(ForkPoolTest, CarriesSizesAroundEveryBufferAndModeOfOnePool) {
  Pool pool(echo, with({.workers = 2, .caller_works = false}));
  pool.start();
  for (const std::size_t size :
       {8, 511, 513, 4063, 4064, 4065, 8191, 8193, 32'767, 70'001, 130'000, 131'000, 140'000, 300'000, 16}) {
    for (const std::size_t chunk : {0, 1, 3}) {
      Slots slots(50, size, size);
      fill(slots);
      EXPECT_TRUE(pool.run(slots, chunk).losses.empty());
      expect_echoed(slots, {});
    }
  }
}

// A caller in the middle of a long task of its own gives nothing out: what a worker will need by then must have been
// sent, and moved, before. Sleeping tasks, so that a busy machine does not matter.
TEST_P(ForkPoolTest, FewLongTasksAreSharedEquallyWhateverTheyCarry) {
  for (const std::size_t bytes : {8, 1 << 20}) {
    const auto function = [](Bytes input, MutableBytes output) {
      const auto size = echo(input, output);
      ::usleep(60'000);
      const auto process = static_cast<std::uint64_t>(::getpid());
      std::memcpy(output.data(), &process, sizeof process);
      return size;
    };
    Pool pool(function, with({.workers = 2, .caller_works = true}));
    pool.start();
    Slots slots(6, bytes, bytes);
    fill(slots);
    for (int run = 0; run < 2; ++run) {  // in the first one, nobody knows yet how long tasks take
      EXPECT_TRUE(pool.run(slots, 0).losses.empty());
      std::map<std::uint64_t, int> tasks;
      for (std::size_t task = 0; task < 6; ++task) {
        std::uint64_t process = 0;
        std::memcpy(&process, slots.result(task).data(), sizeof process);
        ++tasks[process];
      }
      // A result that no buffer holds keeps its worker until the caller looks again: one task more for the caller then.
      // Workers that are forked for each run begin late, too.
      if (bytes > 8 && (run == 0 || transport_memory(GetParam()) == Memory::kInherited)) continue;
      EXPECT_LE(tasks[static_cast<std::uint64_t>(::getpid())], bytes > 8 ? 4 : 3) << bytes << " bytes";
    }
  }
}

TEST_P(ForkPoolTest, AFailureKeepsItsMessageToItself) {
  const auto function = [](Bytes input, MutableBytes output) -> std::size_t {
    if (task_in(input) == 3) throw std::runtime_error("three");
    if (task_in(input) == 4) throw 4;
    if (task_in(input) == 5) throw std::runtime_error(std::string(100'000, 'x'));
    if (task_in(input) == 6) return output.size() + 1;
    return echo(input, output);
  };
  Pool pool(function, with({.workers = 1, .caller_works = false}));
  pool.start();
  Slots slots(10, 8, 8);
  fill(slots);
  EXPECT_TRUE(pool.run(slots).losses.empty());
  EXPECT_EQ(slots.status(3).message, "three");
  EXPECT_EQ(slots.status(4).message, "an exception that is not a std::exception");
  EXPECT_EQ(slots.status(5).message, std::string(4096, 'x'));
  EXPECT_EQ(slots.status(6).message, "wrote 9 bytes into an output of 8");
  for (const std::size_t task : {0, 1, 2, 7, 8, 9}) EXPECT_EQ(slots.status(task).bytes, 8U);
}

// A pool that could not take back what it sent too early would wait for ever.
TEST_P(ForkPoolTest, TasksQueuedBehindALongOneRunElsewhere) {
  for (const bool help : {true, false}) {
    for (const std::size_t chunk : {0, 1}) {
      constexpr std::size_t kTasks = 100;
      shared().struck = 0;
      shared().done = 0;
      const auto function = [&](Bytes input, MutableBytes output) {
        let_a_worker_strike();
        // By default a long task's own message may hold tasks behind it; they are its first message's. What a
        // socket holds cannot be taken back.
        const auto others = chunk == 1 && takes_back() ? kTasks - 1 : kTasks / 2;
        if (strikes() && !within_a_minute([&] { return shared().done >= others; }))
          throw std::runtime_error("hang");
        ++shared().done;
        return echo(input, output);
      };
      Pool pool(function, with({.workers = 2, .caller_works = help}));
      pool.start();
      Slots slots(kTasks, 8, 8);
      fill(slots);
      EXPECT_TRUE(pool.run(slots, chunk).losses.empty());
      expect_echoed(slots, {});
    }
  }
}

TEST_P(ForkPoolTest, EnduresInterruptedSystemCalls) {
  static std::atomic<unsigned> interruptions;
  interruptions = 0;
  struct sigaction action = {}, before = {};
  action.sa_handler = [](int) { ++interruptions; };  // and no SA_RESTART
  ::sigaction(SIGALRM, &action, &before);
  const itimerval storm = {{0, 200}, {0, 200}}, calm = {};
  ::setitimer(ITIMER_REAL, &storm, nullptr);
  EXPECT_TRUE(within_a_minute([&] {
    for (const bool help : {true, false}) {
      Pool pool(echo, with({.workers = 3, .caller_works = help}));
      pool.start();
      for (const std::size_t size : {std::size_t{8}, std::size_t{3} << 20}) {
        Slots slots(size == 8 ? 2000 : 6, size, size);
        fill(slots);
        EXPECT_TRUE(pool.run(slots, 1).losses.empty());
        expect_echoed(slots, {});
      }
    }
    return interruptions > 200;
  }));
  ::setitimer(ITIMER_REAL, &calm, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
}

TEST_P(ForkPoolTest, LeavesOtherPoolsAndChildrenAlone) {
  const pid_t other = ::fork();
  if (other == 0) ::_exit(5);
  Pool first(echo, with({.workers = 3})), second(echo, with({.workers = 3}));
  first.start();
  second.start();
  first.stop();
  EXPECT_TRUE(first.workers().empty());
  EXPECT_EQ(second.workers().size(), living(2));
  first.start();
  second.stop();
  Slots slots(100, 8, 8);
  fill(slots);
  EXPECT_TRUE(first.run(slots).losses.empty());
  first.stop();
  int status = 0;
  EXPECT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

TEST_P(ForkPoolTest, DoesNotFlushTheCallersStreamsTwice) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  std::fputs("once", file);
  Pool(echo, with({.workers = 3})).start();
  std::fflush(file);
  EXPECT_EQ(std::ftell(file), 4);
  EXPECT_EQ(::lseek(::fileno(file), 0, SEEK_END), 4);
  std::fclose(file);
}

// Beyond the standard streams.
std::multiset<std::string> descriptors_of(pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid) + "/fd";
  std::error_code ended;
  std::multiset<std::string> targets;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ended)) {
    if (std::stoi(entry.path().filename()) > STDERR_FILENO)
      targets.insert(std::filesystem::read_symlink(entry, ended));
  }
  return targets;
}

// An inherited write end would keep a sibling from seeing that its pool is closed. Without standard streams
// the first descriptors would take their numbers, which workers keep open.
TEST_P(ForkPoolTest, AWorkerHoldsItsOwnDescriptorsAndNoOther) {
  EXPECT_EQ(in_a_child([] {
              for (const int fd : {0, 1, 2}) ::close(fd);
              Pool pool(echo, with({.workers = 4, .caller_works = false}));
              pool.start();
              const auto all_differ = [&] {
                std::multiset<std::string> all;
                for (const pid_t pid : pool.workers()) all.merge(descriptors_of(pid));
                return std::ranges::adjacent_find(all) == all.end();
              };
              if (!within_a_minute(all_differ)) return 1;
              Slots slots(100, 8, 8);
              return pool.run(slots).losses.empty() ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace breakeven::fork_pool
