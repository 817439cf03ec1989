// Where CPUs lie, and which of them pinned cases get, on machines that are not this one: hwloc's synthetic topologies.
#include "bench/machine/topology.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <numeric>
#include <set>

#include "bench/machine/pinning.h"

namespace breakeven {
namespace {

using Ids = std::vector<int>;

Ids counted(int first, int count) {
  Ids ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

Ids pinned(const Topology& machine, Pin pin, unsigned workers, const Ids& allowed) {
  return pinned_cpus(pin, machine.places_of(allowed), workers);
}

template <class Value>
std::size_t distinct(const Topology& machine, const Ids& ids, std::optional<Value> Cpu::*place) {
  std::set<std::optional<Value>> values;
  for (const auto& cpu : machine.places_of(ids)) values.insert(cpu.*place);
  return values.size();
}

// Two sockets of 32 cores with two hardware threads each, numbered as Linux does: siblings are 64 apart.
const Topology& two_sockets() {
  static const Topology machine = read_topology({"--synthetic", "package:2 core:32 pu:2(indexes=64*1:2*64)"});
  return machine;
}

TEST(TwoSocketsOf32CoresWithSmt, GiveSiblingsOneCore) {
  const auto places = two_sockets().places_of({0, 64, 1});
  EXPECT_EQ(places[0].core, places[1].core);
  EXPECT_NE(places[0].core, places[2].core);
  EXPECT_EQ(distinct(two_sockets(), counted(0, 128), &Cpu::core), 64u);
  EXPECT_EQ(distinct(two_sockets(), counted(0, 128), &Cpu::package), 2u);
}

TEST(TwoSocketsOf32CoresWithSmt, AreFilledCoreByCoreWhenCompact) {
  EXPECT_EQ(pinned(two_sockets(), Pin::kCompact, 4, counted(0, 128)), (Ids{0, 64, 1, 65}));
  EXPECT_EQ(distinct(two_sockets(), pinned(two_sockets(), Pin::kCompact, 64, counted(0, 128)), &Cpu::package),
            1u);
}

TEST(TwoSocketsOf32CoresWithSmt, GiveOneThreadOfEachCoreWhenSpread) {
  EXPECT_EQ(pinned(two_sockets(), Pin::kSpread, 4, counted(0, 128)), (Ids{0, 32, 1, 33}));
  const auto half = pinned(two_sockets(), Pin::kSpread, 64, counted(0, 128));
  EXPECT_EQ(distinct(two_sockets(), half, &Cpu::core), 64u);
}

TEST(EightFastAndSixteenSlowCores, GiveTheFastOnesFirst) {
  // The slow ones have the lower numbers, as on many ARM processors.
  const auto machine = read_topology({"--synthetic", "package:1 core:24 pu:1", "--slower", "0-15"});
  for (const auto pin : {Pin::kCompact, Pin::kSpread}) {
    auto cpus = pinned(machine, pin, 8, counted(0, 24));
    std::ranges::sort(cpus);
    EXPECT_EQ(cpus, counted(16, 8));
    EXPECT_EQ(pinned(machine, pin, 24, counted(0, 24)).size(), 24u);
  }
}

TEST(FourNumaNodes, AreTakenOneAfterTheOtherWhenCompact) {
  const auto nodes = read_topology({"--synthetic", "numa:4 core:4 pu:1"});
  EXPECT_EQ(distinct(nodes, counted(0, 16), &Cpu::node), 4u);
  EXPECT_EQ(distinct(nodes, pinned(nodes, Pin::kCompact, 4, counted(0, 16)), &Cpu::node), 1u);
  EXPECT_EQ(distinct(nodes, pinned(nodes, Pin::kCompact, 8, counted(0, 16)), &Cpu::node), 2u);
}

TEST(OneCore, IsAllThatEveryPinGives) {
  const auto machine = read_topology({"--synthetic", "package:1 core:1 pu:1"});
  for (const auto pin : {Pin::kCompact, Pin::kSpread}) EXPECT_EQ(pinned(machine, pin, 4, {0}), (Ids{0}));
}

TEST(ACgroupThatOwnsCores3And5And9, GivesNoOthers) {
  const auto machine = read_topology({"--synthetic", "package:2 core:8 pu:1"});
  EXPECT_EQ(pinned(machine, Pin::kCompact, 3, {3, 5, 9}), (Ids{3, 5, 9}));
  EXPECT_EQ(pinned(machine, Pin::kSpread, 2, {3, 5, 9}), (Ids{3, 9}));  // a core of each socket
  EXPECT_EQ(pinned(machine, Pin::kSpread, 8, {3, 5, 9}).size(), 3u);
}

TEST(Topology, OfACpuThatIsNotThereIsItsNumberAlone) {
  const auto machine = read_topology({"--synthetic", "package:1 core:2 pu:1"});
  EXPECT_EQ(machine.places_of({7}), (std::vector<Cpu>{{.id = 7}}));
}

TEST(Topology, TellsTheCachesAndWhoSharesThem) {
  const auto machine =
      read_topology({"--synthetic", "package:1 l3:1(size=16777216) l2:2(size=1048576) core:1 pu:2"});
  ASSERT_EQ(machine.caches.size(), 3u);
  EXPECT_EQ(machine.caches.back().at("size_bytes"), 16777216);
  EXPECT_EQ(machine.caches.front().at("shared_by"), "0-1");
}

TEST(Topology, WithoutItsProgramSaysWhatToInstall) {
  try {
    read_topology({"--synthetic", "no such machine"});
    FAIL() << "it took it";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("install hwloc"), std::string::npos) << error.what();
  }
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
