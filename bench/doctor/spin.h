// A fixed amount of pure computing, timed again and again: what remains of the spread is the machine's.
#pragma once

#include <cstdint>
#include <vector>

namespace breakeven {

// Iterations of the spin's loop that take about 1 ms now, on the calling thread.
std::uint64_t spin_iterations_per_ms();

struct SpinTimes {
  std::vector<double> alone_ns;     // on the first CPU, the others left to whoever wants them
  std::vector<double> together_ns;  // on all CPUs at once, of all of them; empty where there is one only
};

// `rounds` times: `spins` spins on the first of `cpus`, then as many on each of them at once, so that both
// see the same weather. Every spin is `iterations` of the loop; each thread is bound to its CPU.
SpinTimes time_spins(const std::vector<int>& cpus, std::uint64_t iterations, unsigned rounds, unsigned spins);

}  // namespace breakeven
