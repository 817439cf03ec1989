#include "bench/workloads/payload.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "bench/workloads/barrier.h"

namespace breakeven {
namespace {

// Copies of up to this much stay in the nearest cache.
constexpr std::size_t kNearBytes = 16384;

// The table of docs/payload.md as arithmetic, which SIMD does sixteen bytes at a time and a lookup cannot.
constexpr unsigned char changed(unsigned char byte) {
  return static_cast<unsigned char>((byte ^ 0xA5) + 0x3B);
}

// In blocks of fixed length: GCC 12 vectorises those at -O2 too, and unrolls them, which it does to no other
// loop; at -O3 that is 2 to 3 times as fast, about as fast as memcpy.
void change(Bytes source, std::byte* target) {
  constexpr std::size_t kStep = 64;
  const auto* __restrict in = reinterpret_cast<const unsigned char*>(source.data());
  auto* __restrict out = reinterpret_cast<unsigned char*>(target);
  std::size_t done = 0;
  for (; done + kStep <= source.size(); done += kStep) {
    for (std::size_t i = 0; i < kStep; ++i) out[done + i] = changed(in[done + i]);
  }
  for (; done < source.size(); ++done) out[done] = changed(in[done]);
}

// Continues `out`, whose first `period` bytes are written, with copies of them.
void tile(std::size_t period, MutableBytes out) {
  for (std::size_t done = period, span = period; done < out.size();) {
    const auto length = std::min(span, out.size() - done);
    std::memcpy(out.data() + done, out.data(), length);
    done += length;
    if (done <= kNearBytes) span = done;  // still a multiple of the period
  }
}

void change_tiled(Bytes source, MutableBytes out) {
  const auto shown = source.first(std::min(source.size(), out.size()));
  change(shown, out.data());
  tile(shown.size(), out);
}

}  // namespace

Payload::Payload(const Shape& shape) : seed_(static_cast<std::uint32_t>(shape.seed)), extra_(shape.extra) {
  SplitMix64 words(shape.seed);
  for (std::size_t at = 0; at < kBlock; at += sizeof(std::uint64_t)) store(words.next(), block_, at);
}

void Payload::fill(std::size_t task, std::uint64_t header, MutableBytes input) const {
  store(header, input);
  const auto payload = input.subspan(kInputHeader);
  for (std::size_t at = 0; at < payload.size(); at += kBlock) {
    std::memcpy(payload.data() + at, block_.data(), std::min(kBlock, payload.size() - at));
  }
  std::array<std::byte, kStamp> stamp;
  store<std::uint64_t>(task, stamp);
  store(seed_, stamp, 8);
  for (std::size_t at = 0; at < payload.size(); at += kPage) {
    store(static_cast<std::uint32_t>(at / kPage), stamp, 12);
    std::memcpy(payload.data() + at, stamp.data(), std::min(kStamp, payload.size() - at));
  }
}

void Payload::transform(Bytes input, MutableBytes payload) const {
  if (payload.empty()) return;
  const auto source = input.size() > kInputHeader ? input.subspan(kInputHeader) : input;
  change_tiled(source, payload);
  for (auto left = fraction_of(payload.size(), extra_); left > 0;) {
    keep(*payload.data());
    const auto again = std::min<std::uint64_t>(left, payload.size());
    change_tiled(source, payload.first(again));
    left -= again;
  }
}

std::uint32_t Payload::checksum(Bytes bytes) const {
  if (bytes.empty()) return 0;
  const auto crc = libdeflate_crc32(0, bytes.data(), bytes.size());
  for (auto left = fraction_of(bytes.size(), extra_); left > 0;) {
    const auto again = std::min<std::uint64_t>(left, bytes.size());
    keep(libdeflate_crc32(crc, bytes.data(), again));
    left -= again;
  }
  return crc;
}

std::uint32_t Payload::carry_some(Bytes input, MutableBytes payload) const {
  transform(input, payload);
  return checksum(input.subspan(std::min(input.size(), kInputHeader + payload.size())));
}

SharedInput::SharedInput(const Shape& shape, const Payload& payload) {
  if (shape.shared_bytes == 0) return;
  const auto tasks = std::max<std::size_t>(shape.tasks, 1);
  slice_bytes_ = round_up((shape.shared_bytes + tasks - 1) / tasks, kCacheLine);
  slices_ = (shape.shared_bytes + slice_bytes_ - 1) / slice_bytes_;
  // Filled as the payload of a task that cannot exist; its header is left out.
  std::vector<std::byte> slot(kInputHeader + slices_ * slice_bytes_);
  payload.fill(std::numeric_limits<std::size_t>::max(), 0, slot);
  bytes_.assign(slot.begin() + kInputHeader, slot.end());
}

}  // namespace breakeven
