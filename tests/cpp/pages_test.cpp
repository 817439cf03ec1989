// The pages under a payload: what a region asks for, what it got, and what a case is told.
#include "bench/machine/pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <vector>

#include "tests/cpp/fake_system.h"

namespace breakeven {
namespace {

class RegionOf : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Bytes, RegionOf,
                         testing::Values(1, 4096, 100'000, kHugePage - 1, kHugePage + 1,
                                         std::size_t{5} << 20),
                         testing::PrintToStringParamName());

TEST_P(RegionOf, ChosenPagesIsAllThereAndAligned) {
  for (const Memory memory : {Memory::kPrivate, Memory::kShared, Memory::kInherited}) {
    for (const Pages pages : {Pages::kSmall, Pages::kHuge}) {
      const Region region(GetParam(), memory, pages);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(region.data()) % (pages == Pages::kHuge ? kHugePage : 4096),
                0U);
      std::vector<unsigned char> there((GetParam() + 4095) / 4096);
      ASSERT_EQ(::mincore(region.data(), GetParam(), there.data()), 0);
      EXPECT_TRUE(std::ranges::all_of(there, [](unsigned char page) { return (page & 1) != 0; }));
    }
  }
}

// The end of an odd length is in a huge page too: nothing cuts it off.
TEST_P(RegionOf, ChosenPagesHasOneSizeOfThemForAnyLength) {
  for (const Memory memory : {Memory::kPrivate, Memory::kShared, Memory::kInherited}) {
    const Region small(GetParam(), memory, Pages::kSmall);
    EXPECT_EQ(page_bytes_at(small.data()), 4096U);
    const Region huge(GetParam(), memory, Pages::kHuge);
    for (const std::size_t at : {std::size_t{0}, GetParam() - 1})
      EXPECT_EQ(page_bytes_at(huge.data() + at), gets_huge_pages(memory) ? kHugePage : 4096U);
  }
}

TEST(PageBytes, AreUnknownWhereNothingIsMapped) { EXPECT_EQ(page_bytes_at(nullptr), std::nullopt); }

std::optional<std::size_t> size_in(const std::string& counts) {
  FakeSystem system;
  system.write("/proc/self/smaps",
               "1000-2000 rw-p 00000000 00:00 0\nRss: 4 kB\nAnonHugePages: 0 kB\n"
               "400000-c00000 rw-p 00000000 00:00 0\n" +
                   counts + "c00000-d00000 rw-p 00000000 00:00 0\nRss: 4 kB\nAnonHugePages: 4 kB\n");
  return page_bytes_at(reinterpret_cast<void*>(0x600000), system.files());
}

TEST(PageBytes, AreThoseOfTheMappingAroundTheAddress) {
  EXPECT_EQ(size_in("Rss: 8192 kB\nAnonHugePages: 8192 kB\nShmemPmdMapped: 0 kB\n"), kHugePage);
  EXPECT_EQ(size_in("Rss: 8192 kB\nAnonHugePages: 0 kB\nShmemPmdMapped: 8192 kB\n"), kHugePage);
  EXPECT_EQ(size_in("Rss: 8192 kB\nAnonHugePages: 0 kB\nShmemPmdMapped: 0 kB\n"), 4096U);
}

TEST(PageBytes, AreTheLeastWhereAPartIsSmall) {
  EXPECT_EQ(size_in("Rss: 8192 kB\nAnonHugePages: 6144 kB\nShmemPmdMapped: 0 kB\n"), 4096U);
}

TEST(PageBytes, AreUnknownWhereNoPageIsThere) {
  EXPECT_EQ(size_in("Rss: 0 kB\nAnonHugePages: 0 kB\n"), std::nullopt);
}

TEST(EqualPages, AreHugeOnlyWhereAllMemoryGetsThem) {
  const bool all = gets_huge_pages(Memory::kShared) && gets_huge_pages(Memory::kPrivate);
  EXPECT_EQ(resolved(PayloadPages::kEqual), all ? Pages::kHuge : Pages::kSmall);
}

}  // namespace
}  // namespace breakeven
