// What unequal tasks cost: the shapes on which schedules are tried.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "backends/contract/workload.h"

namespace breakeven::test {

using Costs = std::vector<double>;  // of each task, in any unit

inline double ideal(const Costs& costs, unsigned participants) {
  const double all = std::accumulate(costs.begin(), costs.end(), 0.0);
  return std::max(all / participants, *std::ranges::max_element(costs));
}

inline Costs of(std::size_t tasks, double (*cost)(double place)) {  // from 0 to 1
  Costs costs;
  for (std::size_t i = 0; i < tasks; ++i)
    costs.push_back(cost(static_cast<double>(i) / static_cast<double>(tasks - 1)));
  return costs;
}

inline Costs of(std::size_t tasks, const char* workload) {
  const auto made = find_workload(workload)->make({.tasks = tasks, .out_bytes = 64, .cost = 100});
  Costs costs;
  for (std::size_t i = 0; i < tasks; ++i) costs.push_back(made->weight(i));
  return costs;
}

inline Costs with_a_giant(std::size_t tasks, std::size_t at) {
  Costs costs(tasks, 1);
  costs[at] = static_cast<double>(tasks) / 4;
  return costs;
}

inline double scrambled(double place) {  // in (0, 1), as if at random
  const double x = std::sin(place * 12345.678 + 1) * 43758.5453;
  return x - std::floor(x);
}

inline std::map<std::string, Costs> shapes(std::size_t tasks) {
  return {
      {"uniform", of(tasks, [](double) { return 1.0; })},
      {"factor", of(tasks, "factorize")},
      {"mandelbrot", of(tasks, "mandelbrot")},
      {"rising", of(tasks, [](double x) { return x + 0.01; })},
      {"falling", of(tasks, [](double x) { return 1.01 - x; })},
      {"1000:1 random", of(tasks, [](double x) { return std::pow(1000, scrambled(x)); })},
      {"1000:1 rising", of(tasks, [](double x) { return std::pow(1000, x); })},
      {"1000:1 falling", of(tasks, [](double x) { return std::pow(1000, 1 - x); })},
      {"giant first", with_a_giant(tasks, 0)},
      {"giant in the middle", with_a_giant(tasks, tasks / 2)},
      {"giant last", with_a_giant(tasks, tasks - 1)},
      {"one half 20 times the other", of(tasks, [](double x) { return x < 0.5 ? 20.0 : 1.0; })},
  };
}

}  // namespace breakeven::test
