// The pages under a case's payload: which it asks for, which this machine gives, and which a region got.
#pragma once

#include <cstddef>
#include <optional>

#include "backends/platform/region.h"
#include "bench/machine/system_files.h"

namespace breakeven {

// What a case asks for. kEqual: pages of one size for every backend and every payload, so of 2 MiB only where
// memory that processes share gets them too (many kernels give them to private memory alone).
enum class PayloadPages { kEqual, kSmall, kHuge };

// The size of all pages that are present in the mapping around `address`; the least one where it has several.
// nullopt where nothing is present or nothing can be read. Linux: /proc/self/smaps.
std::optional<std::size_t> page_bytes_at(const void* address, const SystemFiles& files = SystemFiles());

// Whether such memory gets pages of 2 MiB here: asked once by making some. Thread-safe.
bool gets_huge_pages(Memory memory);

// What a cell is told.
Pages resolved(PayloadPages pages);

}  // namespace breakeven
