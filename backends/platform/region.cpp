#include "backends/platform/region.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>

namespace breakeven {
namespace {

constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE of Linux 5.14, which older headers lack
std::atomic<std::uint64_t> regions_made = 0;

std::size_t rounded_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Page-aligned memory that begins at a multiple of `alignment`; null where it cannot be had. Which alignment a kernel
// gives by itself depends on its version: so more is taken than is needed, and the ends are given back.
std::byte* map_aligned(std::size_t bytes, std::size_t alignment, bool shared) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t spare = alignment > page ? alignment - page : 0;
  if (bytes > SIZE_MAX - spare) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const mapped = ::mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE,
                              (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* const start = static_cast<std::byte*>(mapped);
  const std::size_t before = rounded_up(reinterpret_cast<std::uintptr_t>(start), alignment) -
                             reinterpret_cast<std::uintptr_t>(start);
  if (before != 0) ::munmap(start, before);
  if (before != spare) ::munmap(start + before + bytes, spare - before);
  return start + before;
}

// All pages are there when this returns: by one call, or before Linux 5.14 by a write to each.
void populate(std::byte* data, std::size_t bytes) {
  if (::madvise(data, bytes, kPopulateWrite) == 0 || errno != EINVAL) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t at = 0; at < bytes; at += page) static_cast<volatile std::byte*>(data)[at] = std::byte{0};
}

}  // namespace

std::uint64_t Region::made() { return regions_made.load(std::memory_order_relaxed); }

Region::Region(std::size_t bytes, Memory memory, Pages pages)
    : size_(bytes), id_(regions_made.fetch_add(1, std::memory_order_relaxed)) {
  if (bytes == 0) return;
  const bool huge = pages == Pages::kHuge || (pages == Pages::kAny && bytes >= kHugePage);
  const auto unit = huge ? kHugePage : static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (bytes <= SIZE_MAX - unit) {
    mapped_ = rounded_up(bytes, unit);
    data_ = map_aligned(mapped_, unit, memory == Memory::kShared);
  }
  if (!data_) {
    throw std::system_error(
        ENOMEM, std::generic_category(),
        "cannot reserve " + std::to_string(bytes) + " bytes of payload; use fewer or smaller tasks");
  }
  // Advice: where the kernel does not take it, the pages are of the other size.
  if (huge) ::madvise(data_, mapped_, MADV_HUGEPAGE);
  if (pages == Pages::kSmall) ::madvise(data_, mapped_, MADV_NOHUGEPAGE);
  if (memory == Memory::kPrivate && ::madvise(data_, mapped_, MADV_DONTFORK) != 0) {
    const int error = errno;
    ::munmap(data_, mapped_);
    throw std::system_error(error, std::generic_category(), "cannot hide the payload from forked workers");
  }
  if (pages != Pages::kAny) populate(data_, mapped_);
}

Region::~Region() {
  if (data_) ::munmap(data_, mapped_);
}

}  // namespace breakeven
