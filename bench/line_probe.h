// How long a cache line takes to travel between two cores and back, now.
#pragma once

#include <optional>

namespace breakeven {

// One probe: the median over a few batches of round trips of one line between the first two CPUs that this
// process may use, ns. nullopt where it may use only one, or where a core was taken away in the middle. Takes
// some 0.1 to 0.3 ms, in which both CPUs spin. Call it from one thread at a time; that thread's affinity is
// restored.
//
// Shared machines have modes: on some the round trip changes severalfold every few seconds, with whatever
// contends for a line. A sample that carries the probe of its time can be told from one of another mode.
std::optional<double> line_round_trip_ns();

}  // namespace breakeven
