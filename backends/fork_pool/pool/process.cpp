#include "backends/fork_pool/pool/process.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>
#include <vector>

#include "backends/platform/descriptor.h"

namespace breakeven::fork_pool {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBodyThrew = 70;  // EX_SOFTWARE

void close_range_or_each(unsigned first, unsigned last) {
  if (first > last || ::close_range(first, last, 0) == 0) return;
  const auto limit = static_cast<unsigned>(std::max(::sysconf(_SC_OPEN_MAX), 1024L));
  for (unsigned fd = first; fd <= std::min(last, limit); ++fd) ::close(static_cast<int>(fd));
}

// An inherited write end of a sibling's pipe would keep that sibling from ever seeing the end.
void close_all_but(std::span<const int> keep) {
  std::vector<unsigned> kept(keep.begin(), keep.end());
  std::ranges::sort(kept);
  unsigned first = STDERR_FILENO + 1;
  for (const unsigned fd : kept) {
    if (fd < first) continue;
    close_range_or_each(first, fd - 1);
    first = fd + 1;
  }
  close_range_or_each(first, ~0U);
}

void default_signals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number <= SIGRTMAX; ++number) ::sigaction(number, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_child(pid_t caller, std::span<const int> keep, const std::function<void()>& body) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != caller) ::_exit(0);  // the caller died before the line above
  try {
    close_all_but(keep);
    default_signals();
    body();
  } catch (...) {
    ::_exit(kBodyThrew);
  }
  ::_exit(0);  // never exit: that would flush the caller's stdio buffers a second time
}

ExitStatus end_of(int status) {
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status), .exit_code = 0};
  return {.signal = 0, .exit_code = WEXITSTATUS(status)};
}

}  // namespace

Process::Process(std::span<const int> keep, const std::function<void()>& body) {
  // With all signals blocked no handler of the caller can run in the child before it is reset.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t caller = ::getpid();
  pid_ = ::fork();
  const int error = errno;
  if (pid_ == 0) run_child(caller, keep, body);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid_ < 0) throw std::system_error(error, std::generic_category(), "fork");
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

Process::~Process() { end(std::chrono::nanoseconds(0)); }

Process::State Process::state() const {
  siginfo_t info = {};
  int outcome = 0;
  do {
    outcome = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT);
  } while (outcome != 0 && errno == EINTR);
  if (outcome != 0) return State::kEnded;  // ECHILD: other code reaped it
  if (info.si_pid == 0) return State::kRunning;
  return info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED ? State::kStopped : State::kEnded;
}

void Process::kill() const noexcept {
  // Where SIGCHLD is ignored the number may be another process's by now, and state() tells.
  if (exists() && state() != State::kEnded) ::kill(pid_, SIGKILL);
}

bool Process::ends_within(std::chrono::nanoseconds limit) const noexcept {
  const auto until = Clock::now() + limit;
  // Before Linux 5.3 there is none: then the loop polls.
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  while (state() != State::kEnded) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now());
    if (left.count() <= 0) return false;
    const auto wait = handle.get() >= 0 ? left : std::min(left, std::chrono::nanoseconds(200'000));
    const timespec timeout = {wait.count() / 1'000'000'000, wait.count() % 1'000'000'000};
    pollfd watched = {handle.get(), POLLIN, 0};  // a negative descriptor is ignored: then this only sleeps
    ::ppoll(&watched, 1, &timeout, nullptr);
  }
  return true;
}

ExitStatus Process::end(std::chrono::nanoseconds grace) noexcept {
  if (!exists()) return {};
  if (grace.count() <= 0 || !ends_within(grace)) kill();
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(pid_, &status, 0);  // this child and no other
  } while (reaped < 0 && errno == EINTR);
  const bool known = reaped == std::exchange(pid_, 0);
  return known ? end_of(status) : ExitStatus{.signal = 0, .exit_code = -1};
}

}  // namespace breakeven::fork_pool
