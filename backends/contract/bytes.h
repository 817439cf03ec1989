// Payload is bytes: the one thing that threads, forked processes and other languages share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace breakeven {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

// Integers inside payloads and headers are little-endian, as on every platform built for so far; a big-endian
// port changes these two functions and nothing else.
template <class Integer>
Integer load(Bytes from, std::size_t offset = 0) noexcept {
  Integer value;
  std::memcpy(&value, from.data() + offset, sizeof value);
  return value;
}

template <class Integer>
void store(Integer value, MutableBytes to, std::size_t offset = 0) noexcept {
  std::memcpy(to.data() + offset, &value, sizeof value);
}

// Two lines on CPUs whose prefetcher pulls pairs of them.
inline constexpr std::size_t kCacheLine = 64;
inline constexpr std::size_t kFalseSharingRange = 128;

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace breakeven
