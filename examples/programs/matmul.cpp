// A product of matrices in blocks of 64 x 64, each a task.
#include <array>

#include "ports.h"

constexpr std::size_t kSize = 640, kBlock = 64;
using Matrix = std::vector<double>;
using Tile = std::array<double, kBlock * kBlock>;

static std::pair<Matrix, Matrix>& factors() {
  static std::pair<Matrix, Matrix> both{Matrix(kSize * kSize), Matrix(kSize * kSize)};
  return both;
}

static Tile product(const std::pair<std::size_t, std::size_t>& place) {
  const auto& [a, b] = factors();
  Tile tile{};
  for (std::size_t i = 0; i < kBlock; ++i)
    for (std::size_t k = 0; k < kSize; ++k)
      for (std::size_t j = 0; j < kBlock; ++j)
        tile[i * kBlock + j] += a[(place.first + i) * kSize + k] * b[k * kSize + place.second + j];
  return tile;
}

int main(int argc, char** argv) {
  std::uint64_t state = 1;
  for (auto* matrix : {&factors().first, &factors().second})
    for (auto& value : *matrix) value = random_number(state);
  Ports<std::pair<std::size_t, std::size_t>, Tile> ports(argc, argv, product, sizeof(Tile) + 64);
  ports.start();
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (std::size_t row = 0; row < kSize; row += kBlock)
    for (std::size_t column = 0; column < kSize; column += kBlock) places.emplace_back(row, column);
  std::vector<Tile> results(places.size());
  ports.loop(places, results, [&] {
    BREAKEVEN_SITE(matmul);
    for (std::size_t i = 0; i < places.size(); ++i) {
      BREAKEVEN_TASK(places[i], results[i]);
      results[i] = product(places[i]);
    }
  });
  std::printf("corner %.6f\n", results[0][0]);
}
