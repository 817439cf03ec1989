// Cross memory attach: a worker copies between its memory and its caller's, which need not be shared, while
// the caller does something else. Linux: process_vm_readv(2), process_vm_writev(2).
//
// One copy instead of a ring's two, and the worker makes it: a caller that runs tasks of its own loses no
// time. MPI libraries carry large messages within a node in this way (J. Vienne, "Benefits of Cross Memory
// Attach for MPI libraries on HPC clusters", XSEDE '14).
//
// The kernel permits it to a process that may trace the other. Yama's ptrace_scope 1 forbids it to a
// child unless the parent consents; a seccomp filter or a change of user may forbid it altogether, so
// a worker tries.
#pragma once

#include <sys/types.h>

#include "backends/contract/bytes.h"

namespace breakeven::fork_pool {

// The caller consents that its descendants, and no other processes, attach. Without Yama this does nothing.
void let_descendants_attach() noexcept;

// Another process's memory. Addresses are that process's own.
class AttachedMemory {
 public:
  explicit AttachedMemory(pid_t process) : process_(process) {}

  // False with errno where the kernel refuses; what was copied until then is copied.
  bool read(const std::byte* from, MutableBytes to) const noexcept;
  bool write(Bytes from, std::byte* to) const noexcept;

 private:
  pid_t process_;
};

}  // namespace breakeven::fork_pool
