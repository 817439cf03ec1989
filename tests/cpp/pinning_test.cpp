// Which CPUs pinned cases get on machines of every shape, and whether workers are held there.
#include "bench/machine/pinning.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace breakeven {
namespace {

// Two packages of two cores of two hardware threads, numbered as Linux does: siblings are 4 apart.
std::vector<Cpu> two_sockets() {
  std::vector<Cpu> cpus;
  for (int id = 0; id < 8; ++id)
    cpus.push_back({.id = id, .core = id % 4, .package = id % 4 / 2, .node = id % 4 / 2});
  return cpus;
}

using Ids = std::vector<int>;

TEST(PinnedCpus, CompactFillsCoresAndPackagesOneAfterTheOther) {
  EXPECT_EQ(pinned_cpus(Pin::kCompact, two_sockets(), 3), (Ids{0, 4, 1}));
  EXPECT_EQ(pinned_cpus(Pin::kCompact, two_sockets(), 8), (Ids{0, 4, 1, 5, 2, 6, 3, 7}));
}

TEST(PinnedCpus, SpreadTakesOneThreadOfEachCoreAndAlternatesPackages) {
  EXPECT_EQ(pinned_cpus(Pin::kSpread, two_sockets(), 4), (Ids{0, 2, 1, 3}));
  EXPECT_EQ(pinned_cpus(Pin::kSpread, two_sockets(), 5), (Ids{0, 2, 1, 3, 4}));
}

TEST(PinnedCpus, AreAtMostThoseThatAreAllowed) {
  EXPECT_EQ(pinned_cpus(Pin::kCompact, {{.id = 3}, {.id = 5}}, 4), (Ids{3, 5}));
}

TEST(PinnedCpus, AreNoneWithoutAPin) { EXPECT_TRUE(pinned_cpus(Pin::kNone, two_sockets(), 4).empty()); }

TEST(PinnedCpus, AgreeWithACellThatSeesOnlyThePickedOnes) {
  for (const auto pin : {Pin::kCompact, Pin::kSpread}) {
    for (unsigned workers = 1; workers <= 8; ++workers) {
      const auto picked = pinned_cpus(pin, two_sockets(), workers);
      std::vector<Cpu> seen;
      for (const auto& cpu : two_sockets()) {
        if (std::ranges::count(picked, cpu.id) != 0) seen.push_back(cpu);
      }
      EXPECT_EQ(pinned_cpus(pin, seen, workers), picked);
    }
  }
}

class Nothing : public Workload {
 public:
  std::size_t input_size() const override { return 0; }
  std::size_t output_capacity() const override { return 0; }
  void fill(std::size_t, MutableBytes) const override {}
  std::size_t run(Bytes, MutableBytes) const override { return 0; }
};

// On a thread of its own, whose affinity is nobody else's.
template <class Body>
void apart(Body body) {
  std::thread(body).join();
}

TEST(PinChecked, FailsTheTaskOfAWorkerThatMayRunElsewhere) {
  const auto mask = affinity_mask();
  if (mask.size() < 2) GTEST_SKIP() << "needs two CPUs";
  const PinChecked checked(std::make_unique<Nothing>(), {mask[0]});
  apart([&] { EXPECT_THROW(checked.run({}, {}), std::runtime_error); });
  apart([&] {
    set_affinity(0, {mask[0]});
    EXPECT_NO_THROW(checked.run({}, {}));
  });
}

TEST(PinChecked, LooksAgainOnceASingleCpuIsExpectedInForkedWorkersToo) {
  const auto mask = affinity_mask();
  if (mask.size() < 2) GTEST_SKIP() << "needs two CPUs";
  PinChecked checked(std::make_unique<Nothing>(), mask);
  EXPECT_NO_THROW(checked.run({}, {}));
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte;
    if (::read(gate[0], &byte, 1) != 1) ::_exit(3);
    try {
      checked.run({}, {});
    } catch (const std::runtime_error&) {
      ::_exit(0);
    }
    ::_exit(1);
  }
  checked.expect_single();
  ASSERT_EQ(::write(gate[1], "x", 1), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_THROW(checked.run({}, {}), std::runtime_error);
}

}  // namespace
}  // namespace breakeven
