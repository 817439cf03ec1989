#include "bench/process/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "bench/machine/pinning.h"
#include "bench/process/descendants.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongestEnd{10};        // for what is left of a sample to be gone
constexpr std::chrono::milliseconds kOrderlyEnd{200};  // for descendants that end by themselves
constexpr std::size_t kMaxOutput = std::size_t{16} << 20;
constexpr std::size_t kErrorHead = 1024, kErrorKept = 2048;  // a cause may stand first or last

volatile std::sig_atomic_t g_interrupted = 0;

void on_interrupt(int signal_number) { g_interrupted = signal_number; }

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A pipe whose ends no child keeps by accident.
struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("cannot make a pipe for a sample's output");
    read_end = ends[0], write_end = ends[1];
  }
  ~Pipe() { close_read(), close_write(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_read() {
    if (read_end >= 0) ::close(std::exchange(read_end, -1));
  }
  void close_write() {
    if (write_end >= 0) ::close(std::exchange(write_end, -1));
  }
};

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    if (text.starts_with("BENCHMARK_")) continue;  // what Google Benchmark takes for its flags
    if (!added.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [key, value] : added) all.emplace_back(key).append("=").append(value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// What a child needs to become a command.
struct Start {
  char* const* words;
  char* const* environment;
  const char* folder;  // nullptr: the parent's
  int program;
  bool huge_pages;
  sigset_t signals;  // the mask that the command gets
  pid_t parent;
  int out, err, failure;
};

// In the child, between clone and exec. It has this process's memory, so: only async-signal-safe calls, nothing
// written but its own stack and errno, and no handler of the parent's may run before exec.
int become(void* start) {
  const Start& s = *static_cast<const Start*>(start);
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != s.parent) ::_exit(127);  // the parent died before the line above
  if (!s.huge_pages) ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
    struct sigaction action {};
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action.sa_handler = SIG_DFL;
    ::sigaction(number, &action, nullptr);
  }
  ::sigprocmask(SIG_SETMASK, &s.signals, nullptr);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (s.folder && ::chdir(s.folder) != 0) {
    // told below
  } else if (null >= 0 && ::dup2(null, 0) >= 0 && ::dup2(s.out, 1) >= 0 && ::dup2(s.err, 2) >= 0) {
    if (s.program >= 0) ::fexecve(s.program, s.words, s.environment);
    ::execvpe(s.words[0], s.words, s.environment);
  }
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(s.failure, &error, sizeof error);
  ::_exit(127);
}

// The child shares this process's memory until it executes: a fork would copy the page tables first, which takes 1 to
// 8 ms on some virtual machines. vfork does the same, but holds this process up for as long as the child is stopped.
// Sanitizers keep books on each thread that such a child would spoil.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSharing = 0;
#else
constexpr int kSharing = CLONE_VM;
#endif
alignas(
    16) std::array<char, std::size_t{256} << 10> child_stack;  // of the one child that has not executed yet

pid_t start_child(Start& start) {
  return ::clone(become, child_stack.data() + child_stack.size(), kSharing | SIGCHLD, &start);
}

std::vector<pid_t> children_but(const std::set<pid_t>& spared) {
  auto children = children_of(::getpid());
  std::erase_if(children, [&](pid_t child) { return spared.contains(child); });
  return children;
}

// Reaps whoever has ended. Of nobody: 0 where a child lives on, -1 where none is left but the spared ones.
pid_t reap(std::set<pid_t>& spared) {
  while (true) {
    const pid_t reaped = ::waitpid(-1, nullptr, WNOHANG);
    if (reaped > 0 && spared.erase(reaped) != 0) continue;
    if (reaped < 0 && errno == EINTR) continue;
    if (reaped == 0 && !spared.empty() && children_but(spared).empty()) return -1;
    return reaped;  // -1 is ECHILD
  }
}

// Returns whether all are gone; those that notice the command's end and follow it are no strays.
bool end_by_themselves(std::set<pid_t>& spared) {
  const auto give_up = Clock::now() + kOrderlyEnd;
  while (true) {
    const pid_t reaped = reap(spared);
    if (reaped < 0) return true;
    if (reaped == 0 && Clock::now() >= give_up) return false;
    if (reaped == 0) ::usleep(100);
  }
}

// As a subreaper this process inherits what a dead cell left behind; killing those may hand over
// their children too. What the kernel cannot end (it waits for a device) must not hold the run up for ever.
int kill_strays(std::set<pid_t>& spared) {
  const auto give_up = Clock::now() + kLongestEnd;
  int strays = 0;
  while (true) {
    for (const auto child : children_but(spared)) ::kill(child, SIGKILL);
    const pid_t reaped = reap(spared);
    if (reaped > 0) ++strays;
    if (reaped < 0) return strays;
    if (reaped != 0) continue;
    if (Clock::now() >= give_up)
      throw std::system_error(ETIMEDOUT, std::generic_category(),
                              "a process that the sample left cannot be killed");
    ::usleep(100);
  }
}

// Appends what is there to read; false at the end of the stream.
bool drain(int fd, std::string& text) {
  std::array<char, 65536> buffer;
  const auto count = ::read(fd, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

class SignalMask {
 public:
  SignalMask() {
    sigset_t blocked;
    ::sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigdelset(&blocked, fault);
    ::sigprocmask(SIG_BLOCK, &blocked, &before_);
  }
  ~SignalMask() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_;
};

// This thread on some CPUs only, until the end of the scope: a child that is forked meanwhile
// inherits the mask.
class Confined {
 public:
  explicit Confined(const std::vector<int>& cpus) {
    if (cpus.empty()) return;
    before_ = affinity_mask();
    set_affinity(0, cpus);
  }
  ~Confined() {
    if (!before_.empty()) set_affinity(0, before_);
  }
  Confined(const Confined&) = delete;
  Confined& operator=(const Confined&) = delete;

 private:
  std::vector<int> before_;
};

std::chrono::microseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

void on_child(int) {}  // only there so that SIGCHLD ends ppoll

std::optional<timespec> time_left(Clock::time_point deadline, bool limited) {
  if (!limited) return std::nullopt;
  const auto left = std::max(std::chrono::nanoseconds{0}, std::chrono::nanoseconds(deadline - Clock::now()));
  return timespec{static_cast<time_t>(left.count() / 1'000'000'000),
                  static_cast<long>(left.count() % 1'000'000'000)};
}

}  // namespace

Supervisor::Supervisor() {
  ::prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper_);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw_errno("cannot adopt orphaned workers");
  struct sigaction action {};
  for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
    ::sigaction(s, nullptr, &before_[s]);
    if (s != SIGCHLD && before_[s].sa_handler == SIG_IGN) continue;  // nohup, or a shell's `trap ""`
    action.sa_handler = s == SIGCHLD ? on_child : on_interrupt;
    ::sigaction(s, &action, nullptr);
  }
}

Supervisor::~Supervisor() {
  ::prctl(PR_SET_CHILD_SUBREAPER, was_subreaper_);
  for (const auto& [s, action] : before_) ::sigaction(s, &action, nullptr);
}

int Supervisor::interrupted() const { return g_interrupted; }

Ended Supervisor::run(const Command& command) {
  auto words = command.words;
  auto environment = merged_environment(command.env);
  const auto word_pointers = pointers(words), environment_pointers = pointers(environment);
  Pipe out, err, failure;
  const SignalMask mask;  // signals are let in only while ppoll waits: none is missed
  Start start{.words = word_pointers.data(),
              .environment = environment_pointers.data(),
              .folder = command.folder.empty() ? nullptr : command.folder.c_str(),
              .program = command.program,
              .huge_pages = command.huge_pages,
              .signals = mask.before(),
              .parent = ::getpid(),
              .out = out.write_end,
              .err = err.write_end,
              .failure = failure.write_end};
  const auto begin = Clock::now();
  const pid_t child = [&] {
    const Confined confined(command.cpus);
    return start_child(start);
  }();
  if (child < 0) throw_errno("cannot start a sample's process");
  ::setpgid(child, child);  // in both: whoever comes first
  out.close_write(), err.close_write(), failure.close_write();
  int exec_error = 0;
  // Ends when the child executes or cannot; one that is stopped before it does must not hold the run up.
  pollfd begun{failure.read_end, POLLIN, 0};
  const auto wait_ms = static_cast<int>(std::chrono::milliseconds(kLongestEnd).count());
  if (::poll(&begun, 1, wait_ms) == 0) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    throw std::system_error(ETIMEDOUT, std::generic_category(), "a sample's process did not begin");
  }
  while (::read(failure.read_end, &exec_error, sizeof exec_error) < 0 && errno == EINTR) {
  }
  if (exec_error != 0) {
    ::waitpid(child, nullptr, 0);
    throw std::system_error(exec_error, std::generic_category(), "cannot run " + command.words.front());
  }

  Ended ended;
  auto deadline = Clock::now() + command.deadline;
  bool limited = command.deadline.count() > 0;
  const auto end = [&] {  // asks where it may, and kills where it did not listen
    if (command.end_signal != 0 && !ended.timed_out && !ended.interrupted) {
      ::kill(child, command.end_signal);
      deadline = Clock::now() + command.end_grace, limited = true;
    } else {
      ::kill(-child, SIGKILL);
      limited = false;
    }
  };
  int status = 0;
  rusage used{};
  // One piece of each: a command that writes without end must not hide the deadline.
  const auto drain_both = [&] {
    std::array<pollfd, 2> fds{{{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), 0) <= 0) return false;
    if (fds[0].revents && !drain(out.read_end, ended.out)) out.close_read();
    if (fds[1].revents && !drain(err.read_end, ended.err)) err.close_read();
    if (command.listen) command.listen(ended.out);
    if (ended.out.size() > kMaxOutput) ended.out.resize(kMaxOutput), ended.out_is_cut = true;
    if (ended.err.size() > kErrorKept) ended.err.erase(kErrorHead, ended.err.size() - kErrorKept);
    return out.read_end >= 0 || err.read_end >= 0;
  };
  while (::wait4(child, &status, WNOHANG, &used) != child) {
    if (g_interrupted && !ended.interrupted) end(), ended.interrupted = true;
    if (limited && Clock::now() >= deadline) {
      end();
      if (!ended.interrupted) ended.timed_out = true;
    }
    std::array<pollfd, 2> fds{{{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}}};
    const auto left = time_left(deadline, limited);
    if (::ppoll(fds.data(), fds.size(), left ? &*left : nullptr, &mask.before()) > 0) drain_both();
  }
  ended.wall = Clock::now() - begin;
  ended.cpu = duration_of(used.ru_utime) + duration_of(used.ru_stime);
  if (ended.interrupted || !end_by_themselves(spared_)) {
    ::kill(-child, SIGKILL);  // the rest of its group, where there is one
    ended.strays = kill_strays(spared_);
  }
  // What stands in the pipes still; somebody who is no descendant may hold and fill them.
  for (const auto give_up = Clock::now() + kLongestEnd; drain_both() && Clock::now() < give_up;) {
  }
  ended.peak_rss_bytes = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  return ended;
}

}  // namespace breakeven
