#include "bench/workloads/traffic.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace breakeven {

// One for each span, made once in a process: workers that are forked share its pages, since nobody writes to it again.
const Traffic::Buffer& Traffic::buffer_of(std::size_t span) {
  static std::mutex mutex;
  static std::map<std::size_t, Buffer> buffers;
  const std::lock_guard lock(mutex);
  auto& buffer = buffers[span];
  if (buffer.empty()) {
    buffer.resize(span / sizeof(std::uint64_t));
    std::uint64_t word = 0x9E3779B97F4A7C15ULL;
    for (auto& one : buffer) one = word += 0xBF58476D1CE4E5B9ULL;
  }
  return buffer;
}

Traffic::Traffic(std::size_t words, std::size_t span)
    : words_(words), buffer_(words == 0 ? nullptr : &buffer_of(span)) {}

std::pair<std::uint64_t, std::uint64_t> Traffic::reading(std::uint64_t task, std::uint64_t state,
                                                         std::uint64_t steps) const {
  constexpr std::size_t kPageWords = Payload::kPage / sizeof(std::uint64_t);
  const auto& buffer = *buffer_;
  auto at = SplitMix64(task).next() % (buffer.size() / kPageWords) * kPageWords;
  std::uint64_t sum = 0;
  for (auto left = steps; left > 0;) {
    const auto here = std::min(left, kBlock);
    state = chain(state, here);
    left -= here;
    for (auto words = words_ * here / kBlock; words > 0;) {
      const auto next = std::min<std::size_t>(words, buffer.size() - at);
      for (std::size_t i = 0; i < next; ++i) sum += buffer[at + i];
      at = at + next == buffer.size() ? 0 : at + next;
      words -= next;
    }
  }
  return {state, sum};
}

}  // namespace breakeven
