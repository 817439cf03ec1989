// The short way to measure a function of one's own: two lambdas and their sizes.
#pragma once

#include <utility>

#include "backends/contract/workload.h"

namespace breakeven {

// Registers the workload `name`. `fill(task, input)` writes a task's input, `run(input, output)` computes and
// returns the bytes written; both must be pure and thread-safe. `in` and `out` are the sizes of one task's
// slots in bytes: they stand in the case as its payload, and the payload axes of a suite do not apply.
struct OwnWorkload {
  using Fill = void (*)(std::size_t task, MutableBytes input);
  using Run = std::size_t (*)(Bytes input, MutableBytes output);

  OwnWorkload(std::string name, std::size_t in, std::size_t out, Fill fill, Run run)
      : registration_(
            {.name = std::move(name),
             .summary = "a function of one's own",
             .unsupported =
                 [=](const Shape& shape) {
                   return refuse(shape, {in, out});
                 },
             .make = [=](const Shape&) { return std::make_unique<const Function>(in, out, fill, run); },
             .has_cost = false,
             .sizes =
                 [=](const Shape&) {
                   return Sizes{in, out};
                 }}) {}

 private:
  class Function : public Workload {
   public:
    Function(std::size_t in, std::size_t out, Fill filler, Run runner)
        : in_(in), out_(out), fill_(filler), run_(runner) {}
    std::size_t input_size() const override { return in_; }
    std::size_t output_capacity() const override { return out_; }
    void fill(std::size_t task, MutableBytes input) const override { fill_(task, input); }
    std::size_t run(Bytes input, MutableBytes output) const override { return run_(input, output); }

   private:
    std::size_t in_, out_;
    Fill fill_;
    Run run_;
  };

  static std::optional<std::string> refuse(const Shape& shape, Sizes own) {
    if (shape.in_bytes != own.in || shape.out_bytes != own.out || shape.cost || shape.skew != 0 ||
        shape.shared_bytes || shape.extra != 0) {
      return "a function of one's own has the sizes and the cost that it was written with; leave the axes "
             "out";
    }
    return std::nullopt;
  }

  WorkloadRegistration registration_;
};

}  // namespace breakeven
