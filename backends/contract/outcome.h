// What came of one run of a batch of tasks, beside the results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace breakeven {

// A task without a result because its worker ended while running it.
struct Loss {
  std::size_t task = 0;
  unsigned worker = 0;
  int signal = 0;     // that ended the worker, or 0
  int exit_code = 0;  // where no signal did; -1 where other code of the program reaped the worker first
};

struct Outcome {
  std::uint64_t bytes_moved = 0;  // payload and headers that crossed an address space, both directions
  std::uint64_t messages = 0;     // that carried them, where they go by messages
  std::vector<Loss> losses = {};
};

// What one process of a backend that spans hosts has done and suffered since it began. ns; what it cannot read is empty.
struct RankUsage {
  std::string host;
  bool is_far = false;  // on another host, where nobody can see it from here
  std::uint64_t tasks = 0, cpu_ns = 0;
  std::optional<std::uint64_t> run_delay_ns = {}, throttled_ns = {}, steal_ns = {};
  double spin_ns = 0;  // what a fixed piece of computing takes it now
};

}  // namespace breakeven
