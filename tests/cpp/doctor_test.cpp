// What the doctor measures: computed from made-up series and files; and that each measurement takes place.
#include <gtest/gtest.h>

#include <cmath>

#include "bench/doctor/line_series.h"
#include "bench/doctor/others.h"
#include "bench/doctor/spin.h"
#include "bench/doctor/wakeup.h"
#include "bench/machine/topology.h"
#include "fake_system.h"

namespace breakeven {
namespace {

// 10 s of probes, 100 a second, far in every second period of `period_s`.
std::vector<LineProbe> square_wave(double period_s) {
  std::vector<LineProbe> probes;
  for (int i = 0; i <= 1000; ++i) {
    const double at = i / 100.0;
    probes.push_back({at, static_cast<int>(at / period_s) % 2 == 1 ? 400.0 : 100.0, 1.0});
  }
  return probes;
}

TEST(Dwell, IsTheSpanOverTheChanges) { EXPECT_NEAR(dwell_seconds(square_wave(2), 200).value(), 2.5, 1e-9); }

TEST(Dwell, IsUnknownWithoutAChange) { EXPECT_EQ(dwell_seconds(square_wave(20), 200), std::nullopt); }

TEST(Dwell, DoesNotCountSingleProbesOnTheOtherSide) {
  auto probes = square_wave(20);
  for (std::size_t i = 50; i < probes.size(); i += 50) probes[i].round_trip_ns = 900;
  EXPECT_EQ(dwell_seconds(probes, 200), std::nullopt);
}

class OthersTest : public testing::Test {
 protected:
  CpuTimes look(const std::string& cpu, const std::string& user_ticks) const {
    system_.write("/proc/stat", "cpu  " + cpu);
    system_.write("/proc/77/stat",
                  "77 (an (odd) name) R 1 1 1 0 -1 0 0 0 0 0 " + user_ticks + " 0 0 0 20 0 1");
    return read_cpu_times(system_.files());
  }
  const std::chrono::duration<double> second_{1};
  FakeSystem system_;
};

TEST_F(OthersTest, AreWhatTheCpusDidWithoutUs) {  // 100 ticks a second
  const auto before = look("100 0 0 500 0 0 0 0 0 0", "10"), after = look("250 0 0 550 0 0 0 0 0 0", "60");
  const auto compared = compare_cpu_times(before, after, second_, 1.0, 1);
  EXPECT_NEAR(compared["others"]["cpus"], 0.5, 1e-9);
  EXPECT_EQ(compared["others"]["busiest"],
            (Json::array({{{"name", "an (odd) name"}, {"pid", 77}, {"cpus", 0.5}}})));
}

TEST_F(OthersTest, DoNotNameUs) {
  const auto before = look("100 0 0 500 0 0 0 0 0 0", "10"), after = look("250 0 0 550 0 0 0 0 0 0", "60");
  EXPECT_EQ(compare_cpu_times(before, after, second_, 1.0, 77)["others"]["busiest"], Json::array());
}

TEST_F(OthersTest, TakeNoNegativeTimeWhereTicksAreCoarse) {
  const auto before = look("100 0 0 500 0 0 0 0 0 0", "10"), after = look("199 0 0 550 0 0 0 0 0 0", "10");
  EXPECT_EQ(compare_cpu_times(before, after, second_, 1.0, 1)["others"]["cpus"], 0.0);
}

TEST_F(OthersTest, AndTheHostShareTheTimeThatWasWanted) {
  const auto before = look("100 0 0 500 0 0 0 20 0 0", "10"), after = look("190 0 0 500 0 0 0 30 0 0", "10");
  EXPECT_NEAR(compare_cpu_times(before, after, second_, 0.9, 1)["steal_share"], 0.1, 1e-9);
}

TEST_F(OthersTest, AreNullWhereNothingCanBeRead) {
  const auto compared = compare_cpu_times({}, {}, second_, 0, 1);
  EXPECT_TRUE(compared["others"]["cpus"].is_null());
  EXPECT_TRUE(compared["steal_share"].is_null());
}

TEST(Spins, AreTakenAloneAndOnEachCpu) {
  const auto cpus = affinity_mask();
  const auto times = time_spins(cpus, 1000, 3, 4);
  EXPECT_EQ(times.alone_ns.size(), 12u);
  EXPECT_EQ(times.together_ns.size(), cpus.size() > 1 ? 12 * cpus.size() : 0);
  for (const double time : times.alone_ns) EXPECT_GT(time, 0);
}

TEST(WakeUps, AreAllTimedAndNoneEndsBeforeItBegins) {
  const auto cpus = affinity_mask();
  const auto times = time_wakeups(cpus.front(), cpus.back(), 20);
  EXPECT_EQ(times.size(), 20u);
  for (const double time : times) EXPECT_GE(time, 0);
}

}  // namespace
}  // namespace breakeven
