#include "bench/doctor/wakeup.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "backends/platform/futex.h"
#include "bench/machine/topology.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kSleep = std::chrono::microseconds(50);  // well beyond the way into the kernel and to sleep

// Both sides take turns: the word holds how many wake-ups were sent.
struct Exchange {
  std::atomic<std::uint32_t> sent{0};
  std::atomic<std::uint32_t> going_to_sleep{0};  // the wake-up that the sleeper waits for next
  std::atomic<std::int64_t> woken_at{0};         // ticks of the steady clock; written before going_to_sleep
};

void sleep_and_answer(Exchange& exchange, int cpu, unsigned count) {
  pin_this_thread(cpu);
  for (std::uint32_t turn = 1; turn <= count + 1; ++turn) {
    exchange.going_to_sleep.store(turn, std::memory_order_release);
    if (turn > count) return;
    while (exchange.sent.load(std::memory_order_acquire) < turn)
      futex_wait(exchange.sent, turn - 1, FutexScope::kProcess);
    exchange.woken_at.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  }
}

void await_turn(const Exchange& exchange, std::uint32_t turn) {
  while (exchange.going_to_sleep.load(std::memory_order_acquire) < turn) std::this_thread::yield();
}

}  // namespace

std::vector<double> time_wakeups(int waker, int sleeper, unsigned count) {
  std::vector<double> times_ns;
  Exchange exchange;
  std::jthread sleeping([&] { sleep_and_answer(exchange, sleeper, count); });
  std::jthread waking([&] {
    pin_this_thread(waker);
    await_turn(exchange, 1);
    for (std::uint32_t turn = 1; turn <= count; ++turn) {
      for (const auto until = Clock::now() + kSleep; Clock::now() < until;) {
      }
      const auto start = Clock::now();
      exchange.sent.store(turn, std::memory_order_release);
      futex_wake_one(exchange.sent, FutexScope::kProcess);
      await_turn(exchange, turn + 1);
      const Clock::time_point woken{Clock::duration(exchange.woken_at.load(std::memory_order_relaxed))};
      times_ns.push_back(std::chrono::duration<double, std::nano>(woken - start).count());
    }
  });
  waking.join();
  return times_ns;
}

}  // namespace breakeven
