// The edit distances of pairs of words and sentences of very different length: a few are most of the work.
#include <numeric>

#include "ports.h"

using Pair = std::pair<std::string, std::string>;

static unsigned distance(const Pair& pair) {
  const auto& [one, other] = pair;
  std::vector<unsigned> row(other.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < one.size(); ++i) {
    unsigned corner = row[0]++;
    for (std::size_t j = 0; j < other.size(); ++j) {
      const unsigned above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, corner + (one[i] != other[j])});
      corner = above;
    }
  }
  return row.back();
}

int main(int argc, char** argv) {
  Ports<Pair, unsigned> ports(argc, argv, distance, 64);
  ports.start();
  const auto text = content_of(ports.inputs() + "/words.txt");
  std::uint64_t state = 1;
  std::vector<Pair> pairs;
  for (int i = 0; i < 1000; ++i) {
    const auto some = [&] {
      const double x = random_number(state);
      return text.substr(static_cast<std::size_t>(random_number(state) * 1e6),
                         10 + static_cast<std::size_t>(1500 * x * x * x));
    };
    auto one = some();
    pairs.emplace_back(std::move(one), some());
  }
  std::vector<unsigned> results(pairs.size());
  ports.loop(pairs, results, [&] {
    BREAKEVEN_SITE(edit_distance);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      BREAKEVEN_TASK(pairs[i], results[i]);
      results[i] = distance(pairs[i]);
    }
  });
  std::printf("sum %llu\n", std::accumulate(results.begin(), results.end(), 0ULL));
}
