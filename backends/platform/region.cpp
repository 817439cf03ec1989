#include "backends/platform/region.h"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>

namespace breakeven {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
std::atomic<std::uint64_t> regions_made = 0;

}  // namespace

std::uint64_t Region::made() { return regions_made.load(std::memory_order_relaxed); }

Region::Region(std::size_t bytes, Memory memory)
    : size_(bytes), id_(regions_made.fetch_add(1, std::memory_order_relaxed)) {
  if (bytes == 0) return;
  const int sharing = memory == Memory::kShared ? MAP_SHARED : MAP_PRIVATE;
  void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    throw std::system_error(
        errno, std::generic_category(),
        "cannot reserve " + std::to_string(bytes) + " bytes of payload; use fewer or smaller tasks");
  }
  data_ = static_cast<std::byte*>(mapped);
  // Both are advice: without huge pages the job only starts slower (160 us/MiB instead of 20).
  if (bytes >= kHugePage) ::madvise(mapped, bytes, MADV_HUGEPAGE);
  if (memory == Memory::kPrivate && ::madvise(mapped, bytes, MADV_DONTFORK) != 0) {
    const int error = errno;
    ::munmap(mapped, bytes);
    throw std::system_error(error, std::generic_category(), "cannot hide the payload from forked workers");
  }
}

Region::~Region() {
  if (data_) ::munmap(data_, size_);
}

}  // namespace breakeven
