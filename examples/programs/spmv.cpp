// A sparse matrix times a vector, forty times, in blocks of rows; memory-bound.
#include "ports.h"

constexpr std::size_t kRows = 200'000, kEach = 16, kBlock = 4000, kPasses = 40;

struct Matrix {
  std::vector<std::uint32_t> columns = std::vector<std::uint32_t>(kRows * kEach);
  std::vector<double> values = std::vector<double>(kRows * kEach);
  std::vector<double> vector = std::vector<double>(kRows, 1.0);
};
static Matrix& matrix() {
  static Matrix the;
  return the;
}

static std::vector<double> rows(const std::size_t& first) {
  std::vector<double> product(kBlock);
  for (std::size_t row = 0; row < kBlock; ++row) {
    double sum = 0;
    for (std::size_t i = (first + row) * kEach; i < (first + row + 1) * kEach; ++i)
      sum += matrix().values[i] * matrix().vector[matrix().columns[i]];
    product[row] = sum;
  }
  return product;
}

int main(int argc, char** argv) {
  std::uint64_t state = 1;
  for (auto& column : matrix().columns) column = static_cast<std::uint32_t>(random_number(state) * kRows);
  for (auto& value : matrix().values) value = random_number(state) / kEach;
  Ports<std::size_t, std::vector<double>> ports(argc, argv, rows, kBlock * sizeof(double) + 64);
  ports.start();
  std::vector<std::size_t> blocks;
  for (std::size_t first = 0; first < kRows; first += kBlock) blocks.push_back(first);
  std::vector<std::vector<double>> results(blocks.size());
  double sum = 0;
  for (std::size_t pass = 0; pass < kPasses;
       ++pass) {  // the same product: processes see the vector as it was
    ports.loop(blocks, results, [&] {
      BREAKEVEN_SITE(spmv);
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        BREAKEVEN_TASK(blocks[i], results[i]);
        results[i] = rows(blocks[i]);
      }
    });
    sum += results[pass % blocks.size()][0];
  }
  std::printf("sum %.6f\n", sum);
}
