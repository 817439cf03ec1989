// Anonymous memory for payload: private or shared with processes forked later; huge pages where they help.
#pragma once

#include <cstddef>
#include <cstdint>

namespace breakeven {

enum class Memory {
  kPrivate,    // not visible in forked children at all: a transport must carry every byte
  kShared,     // one copy that forked children see too
  kInherited,  // private, but forked children get it by copy-on-write
};

// Owns its pages; zero-filled at first. Linux: mmap, MADV_HUGEPAGE from 2 MiB on, MADV_DONTFORK for kPrivate.
class Region {
 public:
  Region(std::size_t bytes, Memory memory);  // throws std::system_error
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

  // Counts the regions made in this process. A process that was forked when `made()` was n has those that
  // lived then, all below n, and none of the later ones, even if one has the address of an earlier one.
  std::uint64_t id() const { return id_; }
  static std::uint64_t made();  // thread-safe

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t id_;
};

}  // namespace breakeven
