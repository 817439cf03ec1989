// The fork pool alone: its library, and nothing else of Breakeven.
#include <cstdint>
#include <cstdio>

#include "backends/fork_pool/slots.h"

using namespace breakeven;

static std::size_t square(Bytes input, MutableBytes output) {
  const auto number = load<std::uint64_t>(input);
  store(number * number, output);
  return sizeof number;
}

int main() {
  fork_pool::Pool pool(square, {.workers = 2});
  pool.start();
  fork_pool::Slots slots(10, 8, 8);
  for (std::uint64_t i = 0; i < slots.size(); ++i) store(i, slots.fill(i));
  const auto outcome = pool.run(slots);
  std::printf("%d %zu\n", static_cast<int>(load<std::uint64_t>(slots.result(9))), outcome.losses.size());
}
