// A worker's own memory for an input or an output: grows, never shrinks; aligned as a task set's own slots
// are, so that a function meets the same alignment.
#pragma once

#include <new>
#include <utility>

#include "backends/contract/bytes.h"

namespace breakeven::fork_pool {

class Buffer {
 public:
  ~Buffer() { release(); }
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  MutableBytes first(std::size_t bytes) {
    if (bytes > size_) {
      release();
      data_ = static_cast<std::byte*>(::operator new(bytes, std::align_val_t(kCacheLine)));
      size_ = bytes;
    }
    return {data_, bytes};
  }

 private:
  void release() {
    if (data_) ::operator delete(std::exchange(data_, nullptr), std::align_val_t(kCacheLine));
    size_ = 0;
  }

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace breakeven::fork_pool
