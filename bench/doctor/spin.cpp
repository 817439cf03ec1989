#include "bench/doctor/spin.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "bench/machine/topology.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

// A chain of dependent multiplications, which neither memory nor a sibling's loads can help along. The empty
// asm keeps the compiler from computing the result beforehand.
void spin(std::uint64_t iterations) {
  std::uint64_t value = iterations;
  for (std::uint64_t i = 0; i < iterations; ++i) {
    value = value * 6364136223846793005u + 1442695040888963407u;
    asm volatile("" : "+r"(value));
  }
}

double timed_spin_ns(std::uint64_t iterations) {
  const auto start = Clock::now();
  spin(iterations);
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// All threads start their first spin together: a head start would be time alone.
void spin_on(const std::vector<int>& cpus, std::uint64_t iterations, unsigned spins,
             std::vector<double>& times_ns) {
  std::atomic<std::size_t> ready{0};
  std::vector<std::vector<double>> times(cpus.size(), std::vector<double>(spins));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    threads.emplace_back([&, i] {
      pin_this_thread(cpus[i]);
      ++ready;
      while (ready.load() < cpus.size()) std::this_thread::yield();
      for (auto& time : times[i]) time = timed_spin_ns(iterations);
    });
  }
  threads.clear();
  for (const auto& of_cpu : times) times_ns.insert(times_ns.end(), of_cpu.begin(), of_cpu.end());
}

}  // namespace

std::uint64_t spin_iterations_per_ms() {
  constexpr std::uint64_t kTrial = 200'000;
  double least = timed_spin_ns(kTrial);
  for (int i = 0; i < 10; ++i) least = std::min(least, timed_spin_ns(kTrial));
  return static_cast<std::uint64_t>(static_cast<double>(kTrial) * 1e6 / std::max(least, 1.0)) + 1;
}

SpinTimes time_spins(const std::vector<int>& cpus, std::uint64_t iterations, unsigned rounds,
                     unsigned spins) {
  SpinTimes times;
  for (unsigned round = 0; round < rounds; ++round) {
    spin_on({cpus.front()}, iterations, spins, times.alone_ns);
    if (cpus.size() > 1) spin_on(cpus, iterations, spins, times.together_ns);
  }
  return times;
}

}  // namespace breakeven
