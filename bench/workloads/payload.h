// The payload of the built-in workloads: how it is filled, read and turned into output. docs/payload.md
// defines every byte, so that another language can take part.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "backends/contract/bytes.h"
#include "backends/contract/shape.h"

namespace breakeven {

// An input slot is a header of one little-endian integer, whose meaning is the workload's, then the payload.
inline constexpr std::size_t kInputHeader = sizeof(std::uint64_t);

// Steele, Lea and Flood's generator: a few lines in any language.
class SplitMix64 {
 public:
  explicit constexpr SplitMix64(std::uint64_t state) : state_(state) {}

  constexpr std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

// Immutable and thread-safe.
class Payload {
 public:
  static constexpr std::size_t kBlock = 65536;
  static constexpr std::size_t kPage = 4096;
  static constexpr std::size_t kStamp = 16;

  explicit Payload(const Shape& shape);

  // Writes a whole input slot: the header, then the seed's block tiled, each page stamped with the task.
  void fill(std::size_t task, std::uint64_t header, MutableBytes input) const;

  // Reads an input slot's payload once and writes all of an output's payload. Returns the CRC-32 of the input
  // bytes that no output byte shows (those beyond the output's length), 0 where there are none.
  std::uint32_t carry(Bytes input, MutableBytes payload) const {
    // Inline, so that an empty task costs next to nothing.
    if (input.size() == kInputHeader && payload.empty()) return 0;
    return carry_some(input, payload);
  }

  // The half of carry() that writes, for workloads that have read their input already.
  void transform(Bytes input, MutableBytes payload) const;

  // CRC-32; reads every byte.
  std::uint32_t checksum(Bytes bytes) const;

 private:
  std::uint32_t carry_some(Bytes input, MutableBytes payload) const;

  std::array<std::byte, kBlock> block_;
  std::uint32_t seed_;
  double extra_;
};

// The whole number nearest to that fraction of `work`: how much of it Shape::extra repeats. Work stays below
// 2^53. By hand, since std::llround is a call of several ns.
inline std::uint64_t fraction_of(std::uint64_t work, double fraction) {
  if (fraction == 0) return 0;
  return static_cast<std::uint64_t>(  // NOLINTNEXTLINE(bugprone-incorrect-roundings): exact below 2^52
      static_cast<std::int64_t>(static_cast<double>(static_cast<std::int64_t>(work)) * fraction + 0.5));
}

// Read-only input that all tasks use, cut into equal slices, one after the other to a task.
class SharedInput {
 public:
  SharedInput(const Shape& shape, const Payload& payload);

  std::size_t slices() const { return slices_; }
  Bytes slice(std::size_t index) const {
    return {bytes_.data() + index % slices_ * slice_bytes_, slice_bytes_};
  }

 private:
  std::size_t slice_bytes_ = 0;
  std::size_t slices_ = 0;
  std::vector<std::byte> bytes_;
};

}  // namespace breakeven
