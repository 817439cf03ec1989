#include "bench/machine/core_probe.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kBatches = 5;
constexpr std::uint32_t kTrips = 40;  // in a batch
constexpr auto kPatience = std::chrono::milliseconds(5);

// The line and nothing else: the caller writes odd numbers, its partner answers with the next even one.
// Relaxed is enough, for no other data is published through it; coherence orders the writes of one object.
struct alignas(128) Line {
  std::atomic<std::uint32_t> ball{0};
  std::atomic<bool> abandoned{false};  // or over
};

// Independent divisions of 64 bits: they fill a core's divider, as trial division does. Some us.
void divide() {
  static volatile const std::uint64_t number = 1'000'000'016'531;
  const std::uint64_t dividend = number;
  std::uint64_t sum = 0;
  for (std::uint64_t divisor = 3; divisor < 2003; ++divisor) sum += dividend % divisor;
  asm volatile("" : : "r"(sum));
}

// The least of a few: any can be disturbed.
double division_ns() {
  double least = std::numeric_limits<double>::max();
  for (int i = 0; i < 4; ++i) {
    const auto start = Clock::now();
    divide();
    least = std::min(least, std::chrono::duration<double, std::nano>(Clock::now() - start).count());
  }
  return least;
}

// False where the other side does not answer in time: it has lost its core. Spins without a pause, which
// would blur what is measured; the whole probe is too short to matter to a sibling.
bool await(const Line& line, std::uint32_t value, Clock::time_point deadline) {
  for (std::uint32_t spins = 1; line.ball.load(std::memory_order_relaxed) != value; ++spins) {
    if (spins % 4096 == 0 && (Clock::now() > deadline || line.abandoned.load(std::memory_order_relaxed)))
      return false;
  }
  return true;
}

void* answer(void* shared) {
  auto& line = *static_cast<Line*>(shared);
  const auto deadline = Clock::now() + 2 * kPatience;
  for (std::uint32_t trip = 0; trip <= kBatches * kTrips; ++trip) {
    if (!await(line, 2 * trip + 1, deadline)) break;
    line.ball.store(2 * trip + 2, std::memory_order_relaxed);
  }
  while (!line.abandoned.load(std::memory_order_relaxed)) divide();
  return nullptr;
}

std::optional<double> play(Line& line) {
  const auto deadline = Clock::now() + kPatience;
  std::uint32_t trip = 0;
  const auto round_trip = [&] {
    line.ball.store(2 * trip + 1, std::memory_order_relaxed);
    const bool answered = await(line, 2 * trip + 2, deadline);
    ++trip;
    return answered;
  };
  if (!round_trip()) return std::nullopt;  // until the partner runs
  std::array<double, kBatches> batches;
  for (auto& batch : batches) {
    const auto start = Clock::now();
    for (std::uint32_t i = 0; i < kTrips; ++i) {
      if (!round_trip()) return std::nullopt;
    }
    batch = std::chrono::duration<double, std::nano>(Clock::now() - start).count() / kTrips;
  }
  std::ranges::nth_element(batches, batches.begin() + kBatches / 2);
  return batches[kBatches / 2];
}

// The calling thread on one CPU, without interruption by handled signals, until the end of the scope.
class Held {
 public:
  explicit Held(int cpu) {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &signals_);
  }
  ~Held() {
    ::pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
    ::sched_setaffinity(0, sizeof before_, &before_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  cpu_set_t before_;
  sigset_t signals_;
};

// The first two CPUs that this process may use; a second of -1 where there is one only.
std::array<int, 2> first_two() {
  std::array<int, 2> cpus{-1, -1};
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return cpus;
  std::size_t found = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && found < cpus.size(); ++cpu) {
    if (CPU_ISSET(cpu, &mask)) cpus[found++] = cpu;
  }
  return cpus;
}

}  // namespace

CoreProbe probe_cores() {
  const auto [here, there] = first_two();
  if (there < 0) return {};
  const Held held(here);
  Line line;
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  cpu_set_t partner_cpu;
  CPU_ZERO(&partner_cpu);
  CPU_SET(there, &partner_cpu);
  ::pthread_attr_setaffinity_np(&attributes, sizeof partner_cpu, &partner_cpu);
  pthread_t partner;
  const int error = ::pthread_create(&partner, &attributes, answer, &line);
  ::pthread_attr_destroy(&attributes);
  if (error != 0) return {};
  CoreProbe probe{.round_trip_ns = play(line), .division_slowdown = std::nullopt};
  const auto together_ns = division_ns();
  line.abandoned.store(true, std::memory_order_relaxed);
  ::pthread_join(partner, nullptr);
  if (probe.round_trip_ns) probe.division_slowdown = together_ns / division_ns();
  return probe;
}

}  // namespace breakeven
