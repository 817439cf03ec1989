// `replay/FILE`: tasks that take as long, and carry as much, as those of a recorded loop. See docs/profile.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace breakeven {

inline constexpr const char* kReplayPrefix = "replay/";

// What FILE holds, as text: the bytes into and out of each task, what it reads of memory, then how long each takes.
struct Replay {
  std::size_t in_bytes = 0, out_bytes = 0;  // the mean of the recorded tasks: slots have one size
  std::size_t words = 0;                    // of memory, read for each block of steps: see traffic.h
  std::vector<std::uint64_t> task_ns;       // in their order
};

std::string to_text(const Replay& replay);
Replay replay_from(const std::string& text);              // throws UsageError
double mean_ns(const Replay& replay, std::size_t tasks);  // of the first so many

}  // namespace breakeven
