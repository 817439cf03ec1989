// A task set in memory of its own, which suits every transport.
#pragma once

#include <vector>

#include "backends/fork_pool/fork_pool.h"
#include "backends/platform/region.h"

namespace breakeven::fork_pool {

class Slots final : public TaskSet {
 public:
  Slots(std::size_t tasks, std::size_t input_size, std::size_t output_capacity)
      : input_size_(input_size),
        output_capacity_(output_capacity),
        inputs_(tasks * input_size, Memory::kShared),
        outputs_(tasks * output_capacity, Memory::kShared),
        results_(tasks) {}

  MutableBytes fill(std::size_t task) { return {inputs_.data() + task * input_size_, input_size_}; }
  Bytes result(std::size_t task) const {
    return {outputs_.data() + task * output_capacity_, results_[task].bytes};
  }
  const Result& status(std::size_t task) const { return results_[task]; }

  std::size_t size() const override { return results_.size(); }
  std::size_t input_size() const override { return input_size_; }
  std::size_t output_capacity() const override { return output_capacity_; }
  Bytes input(std::size_t task) const override { return {inputs_.data() + task * input_size_, input_size_}; }
  MutableBytes output(std::size_t task) override {
    return {outputs_.data() + task * output_capacity_, output_capacity_};
  }
  std::optional<Layout> layout() override {
    return Layout{inputs_.data(), input_size_, outputs_.data(), output_capacity_, outputs_.id()};
  }
  void complete(unsigned /*worker*/, std::size_t task, const Result& result) noexcept override {
    results_[task] = result;
  }

 private:
  std::size_t input_size_, output_capacity_;
  Region inputs_, outputs_;
  std::vector<Result> results_;
};

}  // namespace breakeven::fork_pool
