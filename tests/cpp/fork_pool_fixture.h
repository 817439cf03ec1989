// What the tests of the fork pool share.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "backends/fork_pool/slots.h"
#include "backends/fork_pool/transports/transport.h"
#include "backends/platform/region.h"
#include "tests/cpp/leftovers.h"

namespace breakeven::fork_pool {

using namespace std::chrono_literals;
using test::Leftovers;

// Seen by the caller and by workers forked later.
struct Shared {
  std::atomic<unsigned> struck = 0, begun_workers = 0;
  std::atomic<std::size_t> done = 0;
  std::atomic<pid_t> grandchild = 0;
  sem_t begun;
};

// Generous: only a hang reaches it.
inline bool within_a_minute(const auto& condition) {
  const auto give_up = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    ::sched_yield();
  }
  return true;
}

inline void wait_until_struck(pid_t pid) {  // dead, not reaped, or stopped
  siginfo_t info;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WSTOPPED | WNOWAIT), 0);
}

// Runs `body` in a process of its own; its exit code.
inline int in_a_child(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// Every eight bytes name their task and their place.
inline void fill(Slots& slots) {
  for (std::size_t task = 0; task < slots.size(); ++task) {
    const auto input = slots.fill(task);
    for (std::size_t i = 0; i + 8 <= input.size(); i += 8) store<std::uint64_t>(i << 32 | task, input, i);
  }
}

inline std::uint64_t task_in(Bytes input) { return load<std::uint64_t>(input); }

inline std::size_t echo(Bytes input, MutableBytes output) {
  std::ranges::copy(input, output.begin());
  return input.size();
}

// Once with every transport.
class ForkPoolFixture : public testing::TestWithParam<std::string> {
 protected:
  static Settings with(Settings settings) {
    settings.transport = GetParam();
    return settings;
  }

  ForkPoolFixture() { ::sem_init(&shared().begun, 1, 0); }
  ~ForkPoolFixture() override { ::sem_destroy(&shared().begun); }
  void TearDown() override { EXPECT_EQ(Leftovers::that_stay_since(before_), ""); }

  // Of so many forked workers those that live between runs.
  static std::size_t living(std::size_t workers) {
    return transport_memory(GetParam()) == Memory::kInherited ? 0 : workers;
  }

  Shared& shared() { return *shared_; }
  bool in_worker() const { return ::getpid() != caller_; }
  // Once in a run, in whichever worker comes first; never in the caller.
  bool strikes() { return in_worker() && shared().struck.exchange(1) == 0; }
  // Keeps the caller from finishing everything before a worker could strike.
  void let_a_worker_strike() {
    if (!in_worker() && !within_a_minute([&] { return shared().struck != 0; }))
      throw std::runtime_error("hang");
  }

  static void expect_echoed(const Slots& slots, const std::vector<Loss>& losses) {
    for (std::size_t task = 0; task < slots.size(); ++task) {
      if (std::ranges::find(losses, task, &Loss::task) != losses.end()) continue;
      EXPECT_FALSE(slots.status(task).failed) << slots.status(task).message;
      const auto in = slots.input(task), out = slots.result(task);
      EXPECT_TRUE(in.size() == out.size() && std::memcmp(in.data(), out.data(), in.size()) == 0)
          << "task " << task;
    }
  }

 private:
  Region memory_{sizeof(Shared), Memory::kShared};
  Shared* shared_ = new (memory_.data()) Shared;
  Leftovers before_;
  pid_t caller_ = ::getpid();
};

inline auto each_transport() { return testing::ValuesIn(transport_names()); }

inline std::string name_of_transport(const testing::TestParamInfo<std::string>& info) { return info.param; }

}  // namespace breakeven::fork_pool
