// CPU time that was taken away: by the host of a virtual machine, and by a control group's quota.
#pragma once

#include <cstdint>
#include <optional>

namespace breakeven {

// ns since boot, of all CPUs; the kernel counts in ticks, commonly of 10 ms. Empty where it cannot be read.
std::optional<std::uint64_t> steal_ns();

// ns for which the nearest control group that counts it held this process's group up. Empty where none counts.
std::optional<std::uint64_t> throttled_ns();

}  // namespace breakeven
