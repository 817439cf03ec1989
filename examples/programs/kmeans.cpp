// k-means: points in blocks, each assigned to its nearest centre; twenty passes, between which the centres move.
#include <array>

#include "ports.h"

constexpr std::size_t kPoints = 40'000, kBlock = 1000, kCentres = 16, kDimensions = 8, kPasses = 20;
using Point = std::array<double, kDimensions>;
using Centres = std::array<Point, kCentres>;
using Block = std::pair<std::size_t, Centres>;  // where it begins, and what it is compared with
struct Sums {
  Centres sums{};
  std::array<std::size_t, kCentres> counts{};
};

static std::vector<Point>& points() {
  static std::vector<Point> all(kPoints);
  return all;
}

static Sums assign(const Block& block) {
  Sums found;
  for (std::size_t i = block.first; i < block.first + kBlock; ++i) {
    std::size_t nearest = 0;
    double least = 1e300;
    for (std::size_t c = 0; c < kCentres; ++c) {
      double distance = 0;
      for (std::size_t d = 0; d < kDimensions; ++d) {
        const double away = points()[i][d] - block.second[c][d];
        distance += away * away;
      }
      if (distance < least) least = distance, nearest = c;
    }
    ++found.counts[nearest];
    for (std::size_t d = 0; d < kDimensions; ++d) found.sums[nearest][d] += points()[i][d];
  }
  return found;
}

int main(int argc, char** argv) {
  std::uint64_t state = 1;
  for (auto& point : points())
    for (auto& x : point) x = random_number(state);
  Ports<Block, Sums> ports(argc, argv, assign, sizeof(Sums) + 64);
  ports.start();
  Centres centres;
  std::copy_n(points().begin(), kCentres, centres.begin());
  std::vector<Sums> results(kPoints / kBlock);
  for (std::size_t pass = 0; pass < kPasses; ++pass) {
    std::vector<Block> blocks;
    for (std::size_t first = 0; first < kPoints; first += kBlock) blocks.emplace_back(first, centres);
    ports.loop(blocks, results, [&] {
      BREAKEVEN_SITE(kmeans);
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        BREAKEVEN_TASK(blocks[i], results[i]);
        results[i] = assign(blocks[i]);
      }
    });
    for (std::size_t c = 0; c < kCentres; ++c) {
      Point sum{};
      double count = 0;
      for (const auto& one : results) {
        for (std::size_t d = 0; d < kDimensions; ++d) sum[d] += one.sums[c][d];
        count += static_cast<double>(one.counts[c]);
      }
      for (std::size_t d = 0; d < kDimensions && count > 0; ++d) centres[c][d] = sum[d] / count;
    }
  }
  std::printf("first centre %.6f\n", centres[0][0]);
}
