// What a process and its descendants hold in memory.
#pragma once

#include <cstdint>
#include <optional>

namespace breakeven {

struct HeldMemory {
  std::uint64_t pss_bytes = 0;  // proportional set size: of a page that n processes share, 1/n each
  std::uint64_t processes = 0;
};

// Of this process and all its descendants, now. nullopt where the kernel does not tell (Linux tells sizes from 4.14 on,
// and children where it was built to) or a process ended meanwhile. The kernel walks the page tables of each.
std::optional<HeldMemory> held_memory();

// Of its descendants alone, now. What ends meanwhile, or cannot be read, is left out.
HeldMemory held_by_descendants();

}  // namespace breakeven
