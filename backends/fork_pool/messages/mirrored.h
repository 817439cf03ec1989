// Memory of a power of two bytes, mapped twice in a row: what reaches over the end goes on at the beginning,
// so any range up to that size is contiguous. Linux.
//
// Anonymous and shared with processes forked later: it has no name, needs no space in /dev/shm, and no other
// process can open it.
#pragma once

#include <cstddef>

namespace breakeven::fork_pool {

class MirroredMemory {
 public:
  explicit MirroredMemory(std::size_t bytes);  // zero-filled, in memory; throws std::system_error
  ~MirroredMemory();
  MirroredMemory(const MirroredMemory&) = delete;
  MirroredMemory& operator=(const MirroredMemory&) = delete;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  // Each process has page tables of its own: a fault per page is better taken before the work than in it.
  void prefault() const noexcept;

 private:
  std::byte* data_ = nullptr;
  std::size_t size_;
};

}  // namespace breakeven::fork_pool
