// Pi by points drawn at random, in portions of equal size.
#include "ports.h"

static unsigned long draw(const std::uint64_t& seed) {
  std::uint64_t state = seed;
  unsigned long inside = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double x = random_number(state), y = random_number(state);
    inside += x * x + y * y < 1;
  }
  return inside;
}

int main(int argc, char** argv) {
  Ports<std::uint64_t, unsigned long> ports(argc, argv, draw, 64);
  ports.start();
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) seeds.push_back(seed * 0x9E3779B97F4A7C15ULL);
  std::vector<unsigned long> results(seeds.size());
  ports.loop(seeds, results, [&] {
    BREAKEVEN_SITE(monte_carlo);
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      BREAKEVEN_TASK(seeds[i], results[i]);
      results[i] = draw(seeds[i]);
    }
  });
  double inside = 0;
  for (const auto one : results) inside += static_cast<double>(one);
  std::printf("pi %.4f\n", 4 * inside / (100'000.0 * static_cast<double>(seeds.size())));
}
