#include "bench/process/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <iostream>
#include <optional>
#include <system_error>

#include "bench/process/descendants.h"
#include "bench/text/json_reader.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Seconds = std::chrono::duration<double>;

constexpr double kSlack =
    12;  // seconds that a keeper has beyond the grace of what it keeps: it kills what is left

std::string to_text(const Kept& kept) {
  return Json{{"words", kept.words},
              {"env", kept.env},
              {"ready", kept.ready},
              {"end_signal", kept.end_signal},
              {"end_grace_s", kept.end_grace_s},
              {"parent", ::getpid()}}
      .dump();
}

// A program whose standard output and error come to the descriptor that is returned, in a process group of its own.
std::pair<pid_t, int> spawned(const std::vector<std::string>& words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot make a pipe for a keeper");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, handled;
  ::sigemptyset(&none);
  ::sigemptyset(&handled);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::sigaddset(&handled, number);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &handled);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> copy = words;
  std::vector<char*> arguments;
  arguments.reserve(copy.size() + 1);
  for (auto& word : copy) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int error =
      ::posix_spawn(&child, words.front().c_str(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    throw std::system_error(error, std::generic_category(), words.front());
  }
  return {child, ends[0]};
}

// What comes until the other side closes, or the time is over: false.
bool read_all(int descriptor, Clock::time_point until, std::string& text) {
  while (true) {
    const auto left = duration_cast<milliseconds>(until - Clock::now()).count();
    pollfd one{descriptor, POLLIN, 0};
    if (left <= 0) return false;
    if (::poll(&one, 1, static_cast<int>(left)) <= 0) continue;  // interrupted, or the time is over
    char buffer[4096];
    const auto count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return true;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "";
  return text.substr(text.find_last_of('\n', end) + 1, end - text.find_last_of('\n', end));
}

// The line that begins with `ready`, once it is there whole; of what stands behind that word.
std::optional<std::string> answer_in(const std::string& out, const std::string& ready) {
  for (std::size_t at = 0; at < out.size();) {
    const auto end = out.find('\n', at);
    if (end == std::string::npos) return std::nullopt;
    if (out.compare(at, ready.size(), ready) == 0)
      return out.substr(at + ready.size(), end - at - ready.size());
    at = end + 1;
  }
  return std::nullopt;
}

}  // namespace

Keeper::Keeper(Supervisor& supervisor, const std::string& executable, const Kept& kept)
    : supervisor_(supervisor), end_s_(kept.end_grace_s + kSlack) {
  const auto [child, out] = spawned({executable, "keep", to_text(kept)});
  keeper_ = child;
  supervisor_.spare(keeper_);
  std::string text;
  const bool told = read_all(out, Clock::now() + duration_cast<nanoseconds>(Seconds(kept.start_s)), text);
  ::close(out);
  if (const auto answer = told ? answer_in(text, kept.ready) : std::nullopt) {
    said_ = *answer;
    return;
  }
  this->~Keeper();
  const auto said = last_line(text);
  throw KeepError(kept.words.front() + (told ? " ended before it stood" : " did not stand in time") +
                  (said.empty() ? "" : "; it said: " + said));
}

Keeper::~Keeper() {
  if (keeper_ < 0) return;
  wake();
  const auto give_up = Clock::now() + duration_cast<nanoseconds>(Seconds(end_s_));
  if (supervisor_.is_spared(keeper_)) {
    ::kill(keeper_, SIGTERM);
    while (::waitpid(keeper_, nullptr, WNOHANG) == 0) {
      if (Clock::now() >= give_up) ::kill(keeper_, SIGKILL);
      ::usleep(1000);
    }
  }
  supervisor_.spare_no_longer(keeper_);
  keeper_ = -1;
}

bool Keeper::lives() const { return supervisor_.is_spared(keeper_) && ::kill(keeper_, 0) == 0; }

void Keeper::sleep() {
  if (sleeps_ || !lives()) return;
  for (const auto process : descendants_of(keeper_)) ::kill(process, SIGSTOP);
  sleeps_ = true;
}

void Keeper::wake() {
  if (!sleeps_) return;
  for (const auto process : descendants_of(keeper_)) ::kill(process, SIGCONT);
  sleeps_ = false;
}

int keep(const std::string& description) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // the run may be killed, which no handler of its own can see
  const Json json = parse_json(description, "keep");
  JsonReader reader(json, "keep:");
  if (::getppid() != static_cast<pid_t>(reader.integer("parent"))) return 1;
  const auto ready = reader.string("ready");
  Command command{.words = reader.strings("words"), .env = reader.raw("env")};
  command.end_signal = static_cast<int>(reader.integer("end_signal"));
  command.end_grace = duration_cast<nanoseconds>(Seconds(reader.number("end_grace_s")));
  bool stands = false;
  command.listen = [&](const std::string& out) {
    const auto answer = stands ? std::nullopt : answer_in(out, ready);
    if (!answer) return;
    stands = true;
    std::cout << ready << *answer << std::endl;
    // From here on nobody reads; and who asks for it waits for the end of both.
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (const int descriptor : {1, 2}) ::dup2(null, descriptor);
    ::close(null);
  };
  Supervisor supervisor;
  const Ended ended = supervisor.run(command);
  if (!stands) std::cerr << ended.out << ended.err << std::endl;
  return stands ? 0 : 1;
}

}  // namespace breakeven
