#include "bench/machine/pages.h"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <system_error>

namespace breakeven {
namespace {

bool probe(Memory memory) {
  try {
    const Region region(kHugePage, memory, Pages::kHuge);
    return page_bytes_at(region.data()) == kHugePage;
  } catch (const std::system_error&) {  // no memory for it
    return false;
  }
}

}  // namespace

std::optional<std::size_t> page_bytes_at(const void* address, const SystemFiles& files) {
  std::istringstream lines(files.text("/proc/self/smaps").value_or(""));
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  std::uint64_t present = 0, huge = 0;
  for (std::string line; std::getline(lines, line);) {
    std::uint64_t first = 0, end = 0, kibibytes = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &end) == 2) {
      if (inside) break;
      inside = first <= wanted && wanted < end;
    } else if (inside && std::sscanf(line.c_str(), "Rss: %lu", &kibibytes) == 1) {
      present = kibibytes;
    } else if (inside && (std::sscanf(line.c_str(), "AnonHugePages: %lu", &kibibytes) == 1 ||
                          std::sscanf(line.c_str(), "ShmemPmdMapped: %lu", &kibibytes) == 1)) {
      huge += kibibytes;
    }
  }
  if (present == 0) return std::nullopt;
  return huge >= present ? kHugePage : static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

bool gets_huge_pages(Memory memory) {
  static const bool shared = probe(Memory::kShared), owned = probe(Memory::kInherited);
  return memory == Memory::kShared ? shared : owned;
}

Pages resolved(PayloadPages pages) {
  if (pages == PayloadPages::kEqual)
    return gets_huge_pages(Memory::kShared) && gets_huge_pages(Memory::kPrivate) ? Pages::kHuge
                                                                                 : Pages::kSmall;
  return pages == PayloadPages::kHuge ? Pages::kHuge : Pages::kSmall;
}

}  // namespace breakeven
