// The table of a run: one figure a case, and two where there are two.
#include "bench/summary/table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace breakeven {
namespace {

PlannedCase planned(const std::string& backend, Role role) {
  PlannedCase result;
  result.c.workload = "factorize";
  result.c.backend = backend;
  result.c.workers = 2;
  result.role = role;
  result.baseline = "serial";
  return result;
}

const std::vector<PlannedCase>& cases() {
  static const std::vector<PlannedCase> both = {planned("serial", Role::kBaseline),
                                                planned("pool", Role::kCase)};
  return both;
}

// Twenty rounds, the machine's cores near in every second; `far_speedup` where they are not.
std::string table_of(double far_speedup) {
  History history(cases(), 1);
  for (unsigned round = 0; round < 20; ++round) {
    const bool far = round % 2 == 1;
    const double line_ns = far ? 300 : 60, speedup = (far ? far_speedup : 1.9) * (1 + 0.001 * round);
    for (const int half : {0, 1})
      history.add({.block = 0, .planned = 0, .build = 0, .half = half}, round, 1e6, line_ns);
    history.add({.block = 0, .planned = 1, .build = 0, .half = -1}, round, 1e6 / speedup, line_ns);
  }
  std::ostringstream out;
  print_table(out, cases(), history, 0);
  return out.str();
}

TEST(Table, ShowsBothFiguresOfACaseThatDependsOnTheMachinesMode) {
  const auto table = table_of(1.2);
  EXPECT_NE(table.find("cores near, 50 % of the rounds"), std::string::npos) << table;
  EXPECT_NE(table.find("1.92  [1.9"), std::string::npos) << table;
  EXPECT_NE(table.find("cores far, 50 % of the rounds"), std::string::npos) << table;
  EXPECT_NE(table.find("1.21  [1.2"), std::string::npos) << table;
}

TEST(Table, ShowsOneFigureOfACaseThatDoesNot) { EXPECT_EQ(table_of(1.9).find("cores"), std::string::npos); }

}  // namespace
}  // namespace breakeven
