// The thread pool alone: its library, and nothing else of Breakeven.
#include <atomic>
#include <cstdio>

#include "backends/thread_pool/thread_pool.h"

int main() {
  breakeven::ThreadPool pool(2);
  std::atomic<unsigned> sum{0};
  pool.parallel_for(0, 101, [&](std::size_t i) { sum += static_cast<unsigned>(i); });
  std::printf("%u %d\n", sum.load(), pool.submit([] { return 42; }).get());
}
