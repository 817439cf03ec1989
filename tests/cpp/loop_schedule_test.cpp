// The default schedule of a loop, on loops of unequal tasks: the pool's own ranges, claimed and stolen in model time.
//
// Handing out costs nothing here, and each participant is at once where there is work: what is left is how well the chunks fit
// the costs. analysis/statistics/model/schedules.py goes through the same schedule for `breakeven advise --profile`.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <queue>
#include <string>
#include <vector>

#include "backends/thread_pool/loop.h"
#include "tests/cpp/cost_shapes.h"

namespace breakeven {
namespace {

using test::Costs;
using test::ideal;
using test::shapes;

// By participant: when it ends, and what it ran.
struct Ran {
  std::vector<double> ends;
  std::size_t claims = 0, steals = 0;
  double longest() const { return *std::ranges::max_element(ends); }
};

Ran run(const Costs& costs, unsigned participants) {
  const Fences fences(Fences::Kind::kSymmetric);
  std::vector<StealableRange> ranges(participants);
  std::vector<double> before(costs.size() + 1);
  std::partial_sum(costs.begin(), costs.end(), before.begin() + 1);
  Loop loop(costs.size(), 0, nullptr, nullptr, ranges.data(), participants, fences, false);
  for (auto& range : ranges) range.arrive();
  Ran ran{.ends = std::vector<double>(participants)};
  using Event = std::pair<double, unsigned>;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> free;
  for (unsigned i = 0; i < participants; ++i) free.emplace(0, i);
  while (!free.empty()) {
    const auto [now, self] = free.top();
    free.pop();
    auto chunk = ranges[self].claim(0, fences);
    for (unsigned step = 1; step < participants && chunk.empty(); ++step) {
      const auto stolen = ranges[(self + step) % participants].steal(1, fences);
      if (stolen.empty()) continue;
      ++ran.steals;
      ranges[self].refill(stolen);
      chunk = ranges[self].claim(0, fences);
    }
    if (chunk.empty()) {
      ran.ends[self] = now;
      continue;
    }
    ++ran.claims;
    free.emplace(now + before[chunk.last] - before[chunk.first], self);
  }
  return ran;
}

constexpr unsigned kWorkers[] = {2, 4, 8, 16};

// Tasks one by one, each to whoever is free: no schedule that does not know the costs can be relied on to do better.
double one_by_one(const Costs& costs, unsigned participants) {
  std::priority_queue<double, std::vector<double>, std::greater<>> busy;
  for (unsigned i = 0; i < participants; ++i) busy.push(0);
  double last = 0;
  for (const double cost : costs) {
    const double end = busy.top() + cost;
    busy.pop();
    busy.push(end);
    last = std::max(last, end);
  }
  return last;
}

TEST(DefaultSchedule, IsAsGoodAsTasksOneByOneForEveryShapeOfCosts) {
  double sum = 0, of_ideal = 0, reference = 0, worst = 0, worst_of_ideal = 0, worst_reference = 0;
  int count = 0;
  for (const std::size_t tasks : {100, 300, 1000}) {
    for (const auto& [shape, costs] : shapes(tasks)) {
      for (const unsigned workers : kWorkers) {
        const double longest = run(costs, workers).longest();
        const double ratio = longest / one_by_one(costs, workers);
        sum += ratio;
        const double best = ideal(costs, workers);
        of_ideal += longest / best;
        reference += one_by_one(costs, workers) / best;
        worst = std::max(worst, ratio);
        worst_of_ideal = std::max(worst_of_ideal, longest / best);
        worst_reference = std::max(worst_reference, one_by_one(costs, workers) / best);
        ++count;
        EXPECT_LE(ratio, 1.25) << shape << ", " << tasks << " tasks, " << workers << " workers";
      }
    }
  }
  std::printf(
      "x one by one: mean %.3f, worst %.2f; x ideal: mean %.3f, worst %.2f; one by one x ideal: %.3f, %.2f\n",
      sum / count, worst, of_ideal / count, worst_of_ideal, reference / count, worst_reference);
  EXPECT_LE(sum / count, 1.01);
  EXPECT_LE(of_ideal / count, 1.1);  // one by one: 1.075
}

TEST(DefaultSchedule, ClaimsFewTimesWhereTasksAreAlike) {
  for (const unsigned workers : kWorkers) {
    const auto ran = run(Costs(100'000, 1), workers);
    std::printf("%u workers: %zu claims each\n", workers, ran.claims / workers);
    EXPECT_LE(ran.claims, 80 * workers) << workers;
    EXPECT_EQ(ran.steals, 0U) << workers;
  }
}

TEST(DefaultSchedule, GivesEachParticipantTheSameTasksAgain) {
  for (const unsigned workers : kWorkers) EXPECT_EQ(run(Costs(24, 1), workers).steals, 0U);
}

// The same numbers stand in tests/python/test_profiled_advice.py: one schedule, described twice.
TEST(DefaultSchedule, IsTheOneThatAdviceGoesThrough) {
  Costs costs;
  for (int i = 0; i < 100; ++i) costs.push_back(i * 7 % 31 + (i % 10 == 9 ? 200 : 1));
  std::string found;
  for (const unsigned workers : {2, 3, 5}) {
    found += std::to_string(static_cast<long>(run(costs, workers).longest())) + " ";
  }
  EXPECT_EQ(found, "1793 1309 735 ");
}

}  // namespace
}  // namespace breakeven
