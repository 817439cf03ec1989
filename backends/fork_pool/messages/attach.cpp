#include "backends/fork_pool/messages/attach.h"

#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace breakeven::fork_pool {
namespace {

using Copy = ssize_t(pid_t, const iovec*, unsigned long, const iovec*, unsigned long, unsigned long);

// A copy can end early at a page that the other side lacks, and at 2 GiB.
bool copy_all(Copy copy, pid_t process, std::byte* here, std::byte* there, std::size_t bytes) noexcept {
  while (bytes != 0) {
    const iovec local = {here, bytes}, remote = {there, bytes};
    const auto copied = copy(process, &local, 1, &remote, 1, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) return false;
    here += copied;
    there += copied;
    bytes -= static_cast<std::size_t>(copied);
  }
  return true;
}

}  // namespace

void let_descendants_attach() noexcept {
  ::prctl(PR_SET_PTRACER, ::getpid(), 0, 0, 0);  // EINVAL without Yama
}

bool AttachedMemory::read(const std::byte* from, MutableBytes to) const noexcept {
  return copy_all(::process_vm_readv, process_, to.data(), const_cast<std::byte*>(from), to.size());
}

bool AttachedMemory::write(Bytes from, std::byte* to) const noexcept {
  return copy_all(::process_vm_writev, process_, const_cast<std::byte*>(from.data()), to, from.size());
}

}  // namespace breakeven::fork_pool
