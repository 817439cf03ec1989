// The fork pool where the system refuses it something: processes, descriptors, memory, room for files. Every
// refusal is real, in a child, since a limit stays.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "backends/platform/descriptor.h"
#include "tests/cpp/fork_pool_fixture.h"
#include "tests/cpp/memory_use.h"

namespace breakeven::fork_pool {
namespace {

constexpr std::size_t kKiB = 1 << 10, kMiB = 1 << 20;

// What a child says that could not even be put into the situation.
constexpr int kNotPermitted = 77;

bool limit(int resource, rlim_t most) {
  rlimit now = {};
  if (::getrlimit(resource, &now) != 0) return false;
  now.rlim_cur = std::min(most, now.rlim_max);
  return ::setrlimit(resource, &now) == 0;
}

bool unlimit(int resource) { return limit(resource, RLIM_INFINITY); }

// So many bytes of address space more than are in use.
bool limit_memory(std::size_t more) {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return limit(RLIMIT_AS, pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + more);
}

// So many descriptors more than are open. UBSan asks the kernel through a pipe whether an object is what it
// should be, once for each type: the refusal's, while it can still have one.
bool limit_descriptors(int more) {
  const std::system_error seen(EMFILE, std::generic_category(), "");
  if (seen.code() != std::errc::too_many_files_open) return false;
  const Descriptor next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return limit(RLIMIT_NOFILE, static_cast<rlim_t>(next.get() + more));
}

// Root is never refused a process, so the test becomes the user nobody, which may still read its own /proc.
bool become_nobody() {
  return ::geteuid() != 0 || (::setuid(65534) == 0 && ::prctl(PR_SET_DUMPABLE, 1) == 0);
}

class ForkPoolLimits : public ForkPoolFixture {
 protected:
  static bool has_descriptors() {
    const auto transport = make_transport(GetParam(), {});
    transport->open(0);
    return !transport->worker_descriptors(0).empty();
  }

  // Brings a pool up under a limit. 0 where it is refused for this reason, says what to do, comes up once the
  // limit is lifted, and leaves nothing.
  static int is_refused(int resource, const std::function<bool()>& impose, std::errc reason,
                        const std::string& advice) {
    Slots slots(30, 8, 8);
    fill(slots);
    const Leftovers before;
    {
      Pool pool(echo, with({.workers = 3, .caller_works = false}));
      if (!impose()) return kNotPermitted;
      try {
        pool.start();
        pool.run(slots);  // where it forks for each run
        return 1;
      } catch (const std::system_error& error) {
        if (error.code() != reason) return 2;
        if (std::string(error.what()).find(advice) == std::string::npos) return 3;
      }
      if (!unlimit(resource)) return 4;
      if (!pool.workers().empty()) return 5;
      pool.start();
      if (!pool.run(slots).losses.empty() || pool.workers().size() != living(3)) return 6;
    }
    return Leftovers::that_stay_since(before).empty() ? 0 : 7;
  }
};
INSTANTIATE_TEST_SUITE_P(Over, ForkPoolLimits, each_transport(), name_of_transport);

// Where start makes the workers, the first is made before the next is refused.
TEST_P(ForkPoolLimits, SaysWhatToDoWhenForkIsRefusedAndLeavesNothing) {
  const auto impose = [] { return become_nobody() && limit(RLIMIT_NPROC, living(1) + 1); };
  EXPECT_EQ(in_a_child([&] {
              return is_refused(RLIMIT_NPROC, impose, std::errc::resource_unavailable_try_again, "ulimit -u");
            }),
            0);
}

TEST_P(ForkPoolLimits, SaysWhatToDoWhenDescriptorsAreRefusedAndLeavesNothing) {
  if (!has_descriptors()) GTEST_SKIP() << "it needs none";
  EXPECT_EQ(in_a_child([] {
              const auto impose = [] { return limit_descriptors(6); };
              return is_refused(RLIMIT_NOFILE, impose, std::errc::too_many_files_open, "ulimit -n");
            }),
            0);
}

// The rings are anonymous: what a file would be refused as ENOSPC is refused as ENOMEM. A worker has a MiB of
// addresses: two rings of 256 KiB, each seen twice.
TEST_P(ForkPoolLimits, SaysWhatToDoWhenMemoryIsRefusedAndLeavesNothing) {
  if (!test::kOwnsItsMemory) GTEST_SKIP() << "under a sanitizer";
  if (has_descriptors()) GTEST_SKIP() << "it shares none";
  EXPECT_EQ(in_a_child([] {
              const auto impose = [] { return limit_memory(living(1) * kMiB + 768 * kKiB); };
              return is_refused(RLIMIT_AS, impose, std::errc::not_enough_memory, "ulimit -v");
            }),
            0);
}

// Each worker needs room for a task's input or output, but where the payload stays where it is.
TEST_P(ForkPoolLimits, NamesTheTasksThatNoWorkerHasMemoryForAndRunsThemWhenThereIsSome) {
  if (!test::kOwnsItsMemory) GTEST_SKIP() << "under a sanitizer";
  constexpr int kWorkerGaveUp = 70;
  const bool needs_room = transport_memory(GetParam()) != Memory::kShared;
  for (const bool help : {true, false}) {
    EXPECT_EQ(in_a_child([&] {
                Slots slots(2, 12 * kMiB, 12 * kMiB);
                fill(slots);
                Pool pool(echo, with({.workers = 2, .caller_works = help}));
                if (!limit_memory(8 * kMiB)) return kNotPermitted;
                pool.start();
                const auto losses = pool.run(slots, 1).losses;
                const bool all_lost = needs_room && !help;
                if (losses.size() != (all_lost ? slots.size() : 0)) return 1;
                for (const auto& loss : losses) {
                  if (loss.exit_code != kWorkerGaveUp) return 2;
                }
                if (all_lost && !pool.workers().empty()) return 3;  // it says that it cannot
                expect_echoed(slots, losses);
                if (!unlimit(RLIMIT_AS)) return 4;
                pool.stop();
                pool.start();
                if (!pool.run(slots, 1).losses.empty()) return 5;
                expect_echoed(slots, {});
                return HasFailure() ? 6 : 0;
              }),
              0);
  }
}

TEST_P(ForkPoolLimits, EndsARunThatItCannotHeal) {
  if (living(1) == 0) GTEST_SKIP() << "it forks for each run, so it would be refused before the fault";
  for (const bool help : {true, false}) {
    EXPECT_EQ(in_a_child([&] {
                if (!become_nobody()) return kNotPermitted;
                shared().struck = 0;
                const pid_t caller = ::getpid();
                const auto function = [&](Bytes input, MutableBytes output) {
                  const bool worker = ::getpid() != caller;
                  if (worker && shared().struck.exchange(1) == 0) ::_exit(3);
                  if (!worker && !within_a_minute([&] { return shared().struck != 0; })) ::_exit(80);
                  return echo(input, output);
                };
                Slots slots(50, 8, 8);  // before the workers: what is younger would have them replaced
                Pool pool(function, with({.workers = help ? 2U : 1U, .caller_works = help}));
                pool.start();
                if (!limit(RLIMIT_NPROC, 1)) return kNotPermitted;
                const auto losses = pool.run(slots).losses;
                if (losses.size() != (help ? 1U : 50U) || losses[0].exit_code != 3) return 1;
                if (!pool.workers().empty()) return 2;
                try {
                  pool.run(slots);  // with help the caller does it all
                  if (!help) return 3;
                } catch (const std::system_error&) {
                  if (help) return 4;
                }
                if (!unlimit(RLIMIT_NPROC)) return 5;
                return pool.run(slots).losses.empty() && pool.workers().size() == living(1) ? 0 : 6;
              }),
              0);
  }
}

// A /dev/shm of this process alone, of 64 MiB, of which no page is left.
bool fill_a_private_shm() {
  if (::unshare(CLONE_NEWNS) != 0) return false;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64m") != 0) return false;
  const Descriptor file(::open("/dev/shm/all", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  return ::fallocate(file.get(), 0, 0, 64 * kMiB) == 0 && ::fallocate(file.get(), 0, 64 * kMiB, 1) != 0;
}

TEST_P(ForkPoolLimits, RunsWhereDevShmIsFullAndNoFileMayGrow) {
  const int verdict = in_a_child([] {
    if (!fill_a_private_shm() || !limit(RLIMIT_FSIZE, 0)) return kNotPermitted;
    for (const std::size_t size : {std::size_t{8}, 100 * kKiB, 5 * kMiB}) {
      Pool pool(echo, with({.workers = 2, .caller_works = false, .task_bytes = size}));
      pool.start();
      Slots slots(5, size, size);
      fill(slots);
      if (!pool.run(slots, 1).losses.empty()) return 1;
      expect_echoed(slots, {});
      const std::filesystem::directory_iterator shm("/dev/shm");
      if (std::distance(begin(shm), end(shm)) != 1) return 2;
    }
    return HasFailure() ? 3 : 0;
  });
  if (verdict == kNotPermitted) GTEST_SKIP() << "a mount of its own takes root, and a sandbox that lets it";
  EXPECT_EQ(verdict, 0);
}

}  // namespace
}  // namespace breakeven::fork_pool
