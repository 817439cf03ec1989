// One forked child, which certainly ends and is reaped. Linux.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <span>

namespace breakeven::fork_pool {

// How a process ended.
struct ExitStatus {
  int signal = 0;
  int exit_code = 0;  // where no signal ended it; -1: unknown, since other code of the program reaped it
};

class Process {
 public:
  enum class State { kRunning, kStopped, kEnded };

  Process() = default;
  // Forks a child that runs `body` and leaves by _exit. It keeps the descriptors 0, 1, 2 and `keep`, and dies
  // with the calling thread. Throws std::system_error where fork is refused.
  Process(std::span<const int> keep, const std::function<void()>& body);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();  // kills and reaps

  bool exists() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  State state() const;  // without reaping
  void kill() const noexcept;

  // Waits for the end, kills the process if that takes longer than `grace`, and reaps it.
  ExitStatus end(std::chrono::nanoseconds grace) noexcept;

 private:
  bool ends_within(std::chrono::nanoseconds limit) const noexcept;

  pid_t pid_ = 0;
};

}  // namespace breakeven::fork_pool
