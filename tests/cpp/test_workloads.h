// Small workloads for tests: their results show which task they belong to, and whether every byte crossed.
#pragma once

#include <algorithm>
#include <cstring>
#include <set>
#include <stdexcept>
#include <string>

#include "backends/contract/workload.h"

namespace breakeven::test {

struct PayloadSizes {
  std::size_t in = 64, out = 64;  // bytes
};

// Input: the task's index, then payload from (seed, task). Output: the index, then a checksum of the payload,
// then the input again and again. In words, since a sanitizer makes a loop over bytes take seconds. A task in
// `throwing` throws once it has read its input.
class Echo : public Workload {
 public:
  static constexpr std::size_t kIndexBytes = sizeof(std::uint64_t), kSumBytes = sizeof(std::uint64_t);

  explicit Echo(PayloadSizes sizes = {}, std::uint64_t seed = 1, std::set<std::size_t> throwing = {})
      : sizes_(sizes), seed_(seed), throwing_(std::move(throwing)) {}

  std::size_t input_size() const override { return kIndexBytes + sizes_.in; }
  std::size_t output_capacity() const override { return kIndexBytes + kSumBytes + sizes_.out; }

  void fill(std::size_t task, MutableBytes input) const override {
    store<std::uint64_t>(task, input);
    std::uint64_t state = (seed_ << 32) + task;
    for (auto rest = input.subspan(kIndexBytes); !rest.empty();) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      const std::uint64_t word = state ^ (state >> 32);
      const std::size_t bytes = std::min(rest.size(), sizeof word);
      std::memcpy(rest.data(), &word, bytes);
      rest = rest.subspan(bytes);
    }
  }

  std::size_t run(Bytes input, MutableBytes output) const override {
    const auto task = load<std::uint64_t>(input);
    const Bytes payload = input.subspan(kIndexBytes);
    const std::uint64_t sum = sum_of(payload);
    if (throwing_.contains(task)) throw std::runtime_error(message(task));
    store(task, output);
    store(sum, output, kIndexBytes);
    for (auto rest = output.subspan(kIndexBytes + kSumBytes); !rest.empty();) {
      const Bytes piece = input.first(std::min(rest.size(), input.size()));
      std::memcpy(rest.data(), piece.data(), piece.size());
      rest = rest.subspan(piece.size());
    }
    return output.size();
  }

  // Uneven, so that a split by weight has something to do.
  double weight(std::size_t task) const override { return 1.0 + static_cast<double>(task * 7 % 5); }

  static std::string message(std::size_t task) { return "task " + std::to_string(task) + " refuses"; }

 private:
  static std::uint64_t sum_of(Bytes payload) {
    std::uint64_t sum = 0;
    for (; payload.size() >= sizeof sum; payload = payload.subspan(sizeof sum)) {
      sum = sum * 31 + load<std::uint64_t>(payload);
    }
    for (const std::byte value : payload) sum = sum * 31 + static_cast<std::uint64_t>(value);
    return sum;
  }

  PayloadSizes sizes_;
  std::uint64_t seed_;
  std::set<std::size_t> throwing_;
};

// Says that it wrote more than its output of eight bytes can hold.
class Overlong : public Workload {
 public:
  explicit Overlong(std::size_t claimed) : claimed_(claimed) {}
  std::size_t input_size() const override { return 8; }
  std::size_t output_capacity() const override { return 8; }
  void fill(std::size_t, MutableBytes) const override {}
  std::size_t run(Bytes, MutableBytes) const override { return claimed_; }

 private:
  std::size_t claimed_;
};

// No input, no output, no work.
class Nothing : public Workload {
 public:
  std::size_t input_size() const override { return 0; }
  std::size_t output_capacity() const override { return 0; }
  void fill(std::size_t, MutableBytes) const override {}
  std::size_t run(Bytes, MutableBytes) const override { return 0; }
};

}  // namespace breakeven::test
