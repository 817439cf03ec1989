// Where CPUs lie: the kernel's lists, and the places of the CPUs of machines that are not this one.
#include "bench/machine/topology.h"

#include <gtest/gtest.h>
#include <sched.h>

#include "fake_system.h"

namespace breakeven {
namespace {

using Ids = std::vector<int>;

TEST(CpuList, IsReadWithItsRanges) {
  EXPECT_EQ(parse_cpu_list("0"), (Ids{0}));
  EXPECT_EQ(parse_cpu_list("0-3,8"), (Ids{0, 1, 2, 3, 8}));
  EXPECT_EQ(parse_cpu_list("2,10-11"), (Ids{2, 10, 11}));
}

TEST(CpuList, IsEmptyWhereTheTextIsNone) {
  for (const auto* text : {"", "x", "3-1", "1-", "0;1", "-1", "0-99999999", "0,x", "99999999999999999999"})
    EXPECT_EQ(parse_cpu_list(text), Ids{}) << text;
}

TEST(Topology, GivesSmtSiblingsOneCore) {
  const FakeSystem system;
  system.add_cpu(0, "0,2", 0, 0);
  system.add_cpu(1, "1,3", 0, 0);
  system.add_cpu(2, "0,2", 0, 0);
  system.add_cpu(3, "1,3", 0, 0);
  const auto cpus = locate_cpus({0, 1, 2, 3}, system.files());
  EXPECT_EQ(cpus[0].core, cpus[2].core);
  EXPECT_EQ(cpus[1].core, cpus[3].core);
  EXPECT_NE(cpus[0].core, cpus[1].core);
}

TEST(Topology, TellsPackagesAndNodesApart) {
  const FakeSystem system;
  system.add_cpu(0, "0", 0, 0);
  system.add_cpu(1, "1", 0, 1);
  system.add_cpu(2, "2", 1, 2);
  const std::vector<Cpu> expected = {{0, 0, 0, 0}, {1, 1, 0, 1}, {2, 2, 1, 2}};
  EXPECT_EQ(locate_cpus({0, 1, 2}, system.files()), expected);
}

TEST(Topology, ReadsTheNameThatOldKernelsUse) {
  const FakeSystem system;
  system.write("/sys/devices/system/cpu/cpu5/topology/thread_siblings_list", "1,5");
  EXPECT_EQ(locate_cpus({5}, system.files())[0].core, 1);
}

TEST(Topology, LeavesOutWhatTheSystemDoesNotSay) {
  const FakeSystem system;
  system.write("/sys/devices/system/cpu/cpu0/topology/physical_package_id", "-1");
  EXPECT_EQ(locate_cpus({0, 7}, system.files()), (std::vector<Cpu>{{.id = 0}, {.id = 7}}));
}

TEST(Topology, ListsTheCpusOfTheAffinityMask) {
  const auto all = affinity_mask();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(all.back(), &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  const auto cpus = allowed_cpus();
  ASSERT_EQ(cpus.size(), 1u);
  EXPECT_EQ(cpus[0].id, all.back());
}

}  // namespace
}  // namespace breakeven
