// The runs of an external sort: blocks of numbers, each sorted by itself, then merged.
#include <queue>

#include "ports.h"

using Run = std::vector<std::uint64_t>;

static Run sorted(const Run& run) {
  Run copy = run;
  std::sort(copy.begin(), copy.end());
  return copy;
}

int main(int argc, char** argv) {
  constexpr std::size_t kRuns = 80, kEach = 60'000;
  Ports<Run, Run> ports(argc, argv, sorted, kEach * sizeof(std::uint64_t) + 64);
  ports.start();
  std::uint64_t state = 1;
  std::vector<Run> runs(kRuns, Run(kEach)), results(kRuns);
  for (auto& run : runs)
    for (auto& number : run) random_number(state), number = state;
  ports.loop(runs, results, [&] {
    BREAKEVEN_SITE(sorting);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      BREAKEVEN_TASK(runs[i], results[i]);
      results[i] = sorted(runs[i]);
    }
  });
  std::priority_queue<std::pair<std::uint64_t, std::size_t>> next;
  std::vector<std::size_t> at(kRuns, 0);
  for (std::size_t run = 0; run < kRuns; ++run) next.emplace(~results[run][0], run);
  std::uint64_t middle = 0;
  for (std::size_t number = 0; number <= kRuns * kEach / 2; ++number) {
    const auto [value, run] = next.top();
    next.pop();
    middle = ~value;
    if (++at[run] < kEach) next.emplace(~results[run][at[run]], run);
  }
  std::printf("median %llu\n", static_cast<unsigned long long>(middle));
}
