// Primes up to 10^8, in segments of 10^6.
#include "ports.h"

constexpr std::size_t kSegment = 1'000'000, kSegments = 100;

static unsigned primes(const std::size_t& first) {
  std::vector<char> composite(kSegment, 0);
  for (std::size_t n = 2; n * n < first + kSegment; ++n) {
    bool prime = true;
    for (std::size_t d = 2; d * d <= n && prime; ++d) prime = n % d != 0;
    if (!prime) continue;
    for (std::size_t at = std::max(n * n, (first + n - 1) / n * n); at < first + kSegment; at += n)
      composite[at - first] = 1;
  }
  unsigned count = 0;
  for (std::size_t i = 0; i < kSegment; ++i) count += first + i > 1 && !composite[i];
  return count;
}

int main(int argc, char** argv) {
  Ports<std::size_t, unsigned> ports(argc, argv, primes, 64);
  ports.start();
  std::vector<std::size_t> segments;
  for (std::size_t i = 0; i < kSegments; ++i) segments.push_back(i * kSegment);
  std::vector<unsigned> results(segments.size());
  ports.loop(segments, results, [&] {
    BREAKEVEN_SITE(sieve);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      BREAKEVEN_TASK(segments[i], results[i]);
      results[i] = primes(segments[i]);
    }
  });
  unsigned sum = 0;
  for (const auto one : results) sum += one;
  std::printf("%u primes\n", sum);
}
