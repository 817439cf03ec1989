// The machine that a result belongs to, and how many workers it can run at once.
#pragma once

#include <string>

#include "bench/machine/sources.h"
#include "bench/text/json_reader.h"

namespace breakeven {

// CPUs that this process may use: its affinity mask, further limited by a cgroup's CPU quota (rounded up).
// At least 1.
unsigned usable_cores(const Sources& sources = Sources());

// Bytes of memory that can be had now without swapping; 0 where not readable.
std::uint64_t available_memory();

// Everything about the machine that can bear on a measurement, null where it cannot be
// read. Fields: docs/format.md.
Json capture_machine(const Sources& sources = Sources());

// Google Benchmark's context keys, and "breakeven" with machine, compiler, flags, git revision.
Json machine_context(const std::string& executable);

std::string utc_now();  // "2026-11-22T13:00:00+00:00"

}  // namespace breakeven
