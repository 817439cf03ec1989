// What the first two cores are to each other, now: how far apart, and whether they are two.
#pragma once

#include <optional>

namespace breakeven {

// Both or neither.
struct CoreProbe {
  // ns: a cache line's way to the other core and back, the median over a few batches of round trips.
  std::optional<double> round_trip_ns;
  // Time of the same divisions on one CPU while the other divides too, over that while it rests: 1 where each
  // has a divider of its own, some 2 where both are threads of one core.
  std::optional<double> division_slowdown;
};

// One probe of the first two CPUs that this process may use; nullopt where it may use only one, or where a
// core was taken away in the middle. Takes some 0.2 to 0.4 ms, in which both CPUs spin. Call it from one
// thread at a time; that thread's affinity is restored.
//
// Shared machines have modes. Their virtual CPUs move over the host's cores every few seconds, and with the
// distance changes whatever contends for a line; for some seconds they may share one core, and then all that
// divides, or otherwise fills a core, takes up to twice as long. A sample that carries the probe of its time
// can be told from one of another mode.
CoreProbe probe_cores();

}  // namespace breakeven
