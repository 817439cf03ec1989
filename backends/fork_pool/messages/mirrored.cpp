#include "backends/fork_pool/messages/mirrored.h"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace breakeven::fork_pool {
namespace {

constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, which older headers lack

[[noreturn]] void refuse() {
  throw std::system_error(errno, std::generic_category(), "cannot map shared memory");
}

}  // namespace

MirroredMemory::MirroredMemory(std::size_t bytes) : size_(bytes) {
  // An address range that is free, then both views in it.
  void* const range =
      ::mmap(nullptr, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) refuse();
  data_ = static_cast<std::byte*>(range);
  void* const first =
      ::mmap(range, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  // An old size of 0 makes a second view of the same pages.
  if (first == MAP_FAILED ||
      ::mremap(first, 0, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, data_ + bytes) == MAP_FAILED) {
    const int error = errno;
    ::munmap(data_, 2 * bytes);
    errno = error;
    refuse();
  }
  prefault();
}

MirroredMemory::~MirroredMemory() { ::munmap(data_, 2 * size_); }

void MirroredMemory::prefault() const noexcept {
  ::madvise(data_, 2 * size_, kPopulateWrite);  // before Linux 5.14 each page costs a fault when it is used
}

}  // namespace breakeven::fork_pool
