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

// A page's size decides how often the processor must look an address up, so that two pools are compared on equal terms
// only where their payload has pages of one size.
enum class Pages {
  kAny,    // huge ones are asked for from 2 MiB on
  kSmall,  // the kernel's least ones, and all of them present from the start
  kHuge,   // of 2 MiB where the kernel gives them, for any length, and all of them present from the start
};

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Owns its pages; zero-filled at first. Linux: mmap, MADV_HUGEPAGE or MADV_NOHUGEPAGE, MADV_POPULATE_WRITE,
// MADV_DONTFORK for kPrivate. Memory for which huge pages are asked for begins at a multiple of 2 MiB and takes a
// multiple of it: a part of such a page would be cut off by whatever advice follows.
class Region {
 public:
  Region(std::size_t bytes, Memory memory, Pages pages = Pages::kAny);  // throws std::system_error
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
  std::size_t size_ = 0;    // as asked for
  std::size_t mapped_ = 0;  // as taken from the kernel, from data_ on
  std::uint64_t id_;
};

}  // namespace breakeven
