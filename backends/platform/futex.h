// Sleeping on a word of memory until another thread, or another process, wakes the sleeper. Linux.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>

namespace breakeven {

// Where the threads are that use a word: all in this process, which is cheaper, or wherever its
// memory is mapped.
enum class FutexScope : int { kProcess = FUTEX_PRIVATE_FLAG, kSharedMemory = 0 };

// Blocks while `word` holds `expected`, at most for `limit`; may also return without a reason.
inline void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, FutexScope scope,
                       std::optional<std::chrono::nanoseconds> limit = std::nullopt) noexcept {
  timespec timeout{};
  if (limit) timeout = {limit->count() / 1'000'000'000, limit->count() % 1'000'000'000};
  ::syscall(SYS_futex, &word, FUTEX_WAIT | static_cast<int>(scope), expected, limit ? &timeout : nullptr,
            nullptr, 0);
}

// Wakes one thread that waits there. The word need only be mapped, not alive.
inline void futex_wake_one(const std::atomic<std::uint32_t>& word, FutexScope scope) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE | static_cast<int>(scope), 1, nullptr, nullptr, 0);
}

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace breakeven
