// What it costs to wake a thread that sleeps on another CPU.
#pragma once

#include <vector>

namespace breakeven {

// From just before FUTEX_WAKE on `waker` until the sleeper runs on `sleeper`, ns; one value a wake-up. The
// sleeper has slept some 50 us each time. Linux: futex(2).
std::vector<double> time_wakeups(int waker, int sleeper, unsigned count);

}  // namespace breakeven
