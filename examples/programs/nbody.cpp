// Bodies that attract each other: ten steps, the forces on each block of bodies a task, every body an input of each.
#include <array>
#include <cmath>

#include "ports.h"

constexpr std::size_t kBodies = 2400, kBlock = 60, kSteps = 10;
using Vector = std::array<double, 3>;
using Bodies = std::vector<Vector>;
using Block = std::pair<std::size_t, Bodies>;  // the first of its bodies, and where all are

static Bodies forces(const Block& block) {
  Bodies found(kBlock);
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto& here = block.second[block.first + i];
    for (const auto& there : block.second) {
      double square = 1e-4;
      Vector away;
      for (std::size_t d = 0; d < 3; ++d) away[d] = there[d] - here[d], square += away[d] * away[d];
      const double force = 1 / (square * std::sqrt(square));
      for (std::size_t d = 0; d < 3; ++d) found[i][d] += force * away[d];
    }
  }
  return found;
}

int main(int argc, char** argv) {
  Ports<Block, Bodies> ports(argc, argv, forces, kBlock * sizeof(Vector) + 64);
  ports.start();
  std::uint64_t state = 1;
  Bodies bodies(kBodies), speeds(kBodies);
  for (auto& body : bodies)
    for (auto& x : body) x = random_number(state);
  std::vector<Bodies> results(kBodies / kBlock);
  for (std::size_t step = 0; step < kSteps; ++step) {
    std::vector<Block> blocks;
    for (std::size_t first = 0; first < kBodies; first += kBlock) blocks.emplace_back(first, bodies);
    ports.loop(blocks, results, [&] {
      BREAKEVEN_SITE(nbody);
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        BREAKEVEN_TASK(blocks[i], results[i]);
        results[i] = forces(blocks[i]);
      }
    });
    for (std::size_t i = 0; i < kBodies; ++i)
      for (std::size_t d = 0; d < 3; ++d) {
        speeds[i][d] += 1e-9 * results[i / kBlock][i % kBlock][d];
        bodies[i][d] += speeds[i][d];
      }
  }
  std::printf("first body %.6f\n", bodies[0][0]);
}
