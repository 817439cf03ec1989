// A job's tasks as objects, for a workload whose function takes and gives objects: where no address space is crossed nothing is
// serialised, and where one is, serialising is a part of the run.
#pragma once

#include <optional>
#include <string>

#include "backends/contract/bytes.h"

namespace breakeven {

// Results held against a plain loop's, value by value.
struct Comparison {
  double worst = 0;         // relative difference, where values are numbers
  std::size_t outside = 0;  // tasks whose results differ by more than is allowed
  std::string first = {};   // in words, where there are any
};

// Distinct tasks may be used from distinct threads at the same time.
class Objects {
 public:
  virtual ~Objects() = default;

  virtual void make_input(std::size_t task) = 0;  // untimed; before anything else of this task
  virtual void run(std::size_t task) = 0;  // from its input to its output; what the function throws comes out

  // --- across address spaces; bytes as another process's Workload::run() takes and gives them
  virtual std::size_t input_bytes(std::size_t task) const = 0;
  virtual void write_input(std::size_t task, MutableBytes to) const = 0;  // input_bytes() long
  virtual void read_output(std::size_t task, Bytes from) = 0;             // throws where it is no output

  // --- for the harness, untimed
  virtual std::size_t output_bytes(std::size_t task) const = 0;  // 0 where there is none yet
  virtual void write_output(std::size_t task, MutableBytes to) const = 0;
  virtual void forget() = 0;                         // all outputs
  virtual std::optional<Comparison> compared() = 0;  // with a plain loop of its own; nullopt: by digest
};

}  // namespace breakeven
