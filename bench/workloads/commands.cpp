#include "bench/workloads/commands.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "backends/contract/error.h"
#include "backends/contract/workload.h"
#include "backends/platform/descriptor.h"
#include "bench/workloads/job_file.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"

namespace breakeven {
namespace {

constexpr std::size_t kOutputSize =
    2 * sizeof(std::uint64_t);              // CRC-32 and length of what the command printed
constexpr std::size_t kLongestWords = 300;  // of a failing command, in its reason

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'')
      text += "'\\''";
    else
      text += c;
  }
  return text + "'";
}

std::string file_of(const std::string& word) { return word.substr(word.find_last_of('/') + 1); }

std::string folder_of(const std::string& word) {
  const auto slash = word.find_last_of('/');
  return slash == std::string::npos ? "." : word.substr(0, std::max<std::size_t>(slash, 1));
}

std::string without_ending(const std::string& word) {
  const auto dot = word.find_last_of('.');
  const auto name = word.find_last_of('/') == std::string::npos ? 0 : word.find_last_of('/') + 1;
  return dot == std::string::npos || dot <= name ? word : word.substr(0, dot);  // .profile is a name
}

struct Placeholder {
  const char* text;
  std::string (*of)(const std::string& word);
};

constexpr std::array<Placeholder, 5> kPlaceholders = {{
    {"{//}", folder_of},
    {"{/.}", [](const std::string& word) { return without_ending(file_of(word)); }},
    {"{/}", file_of},
    {"{.}", without_ending},
    {"{}", [](const std::string& word) { return word; }},
}};

// A file without a name, for what a command prints: nobody has to read it while the command runs.
Descriptor scratch() {
  Descriptor file(::memfd_create("breakeven_command", MFD_CLOEXEC));
  if (file.get() < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  return file;
}

std::string contents(const Descriptor& file) {
  std::string text(static_cast<std::size_t>(std::max<off_t>(::lseek(file.get(), 0, SEEK_END), 0)), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const auto got = ::pread(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got <= 0) throw std::system_error(errno, std::generic_category(), "reading what a command printed");
    done += static_cast<std::size_t>(got);
  }
  return text;
}

std::string last_line(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  text = text.substr(text.find_last_of('\n') + 1);
  return text.substr(0, kLongestWords);
}

// Runs it by /bin/sh, with nothing to read, and returns what it printed. Throws where it does not end with 0.
std::string printed_by(const std::string& command) {
  const Descriptor out = scratch(), err = scratch();
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes,
                               &none);  // a pool's thread may have blocked what the command needs
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::array<std::string, 3> words = {"sh", "-c", command};
  std::array<char*, 4> arguments = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t child = -1;
  const int error = ::posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start a command");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waiting for a command");
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return contents(out);
  const std::string how = WIFSIGNALED(status) ? "was ended by signal " + std::to_string(WTERMSIG(status))
                                              : "ended with exit code " + std::to_string(WEXITSTATUS(status));
  const auto said = last_line(contents(err));
  throw std::runtime_error(command.substr(0, kLongestWords) + ": " + how +
                           (said.empty() ? "" : "; it said: " + said));
}

// A task is one command: its number goes in, checksum and length of what it printed come out.
class Commands final : public Workload {
 public:
  Commands(const Shape& shape, const CommandList& list) : payload_(shape) {
    for (const auto& word : list.words) commands_.push_back(command_for(list.command, word));
  }

  std::size_t input_size() const override { return kInputHeader; }
  std::size_t output_capacity() const override { return kOutputSize; }

  void fill(std::size_t task, MutableBytes input) const override { payload_.fill(task, task, input); }

  std::size_t run(Bytes input, MutableBytes output) const override {
    std::uint64_t task = 0;
    std::memcpy(&task, input.data(), sizeof task);
    const auto text = printed_by(commands_[task]);
    const std::array<std::uint64_t, 2> words = {payload_.checksum(std::as_bytes(std::span(text))),
                                                text.size()};
    std::memcpy(output.data(), words.data(), kOutputSize);
    return kOutputSize;
  }

 private:
  const Payload payload_;
  std::vector<std::string> commands_;
};

WorkloadFactory factory_of(const std::string& name) {
  const auto list =
      command_list_from(read_job_file(name.substr(std::strlen(kCommandPrefix)), "breakeven measure --each"));
  return {
      .name = name,
      .summary = "a command for each of " + std::to_string(list.words.size()) + " words: " + list.command,
      .unsupported = [count = list.words.size()](const Shape& shape) -> std::optional<std::string> {
        if (shape.tasks > count)
          return "there are " + std::to_string(count) + " words, and " + std::to_string(shape.tasks) +
                 " tasks are asked for";
        if (shape.in_bytes != 0 || shape.out_bytes != 0) return "commands have no payload";
        if (shape.extra != 0) return "commands take no more work";
        return refuse("command", shape, {.cost = false, .skew = false, .shared = false});
      },
      .make = [list](const Shape& shape) { return std::make_unique<const Commands>(shape, list); },
  };
}

const WorkloadFamilyRegistration registration({
    .name = kCommandPrefix,
    .summary = "commands as tasks: see `breakeven measure --each`",
    .make = factory_of,
});

}  // namespace

std::string to_text(const CommandList& list) {
  std::string text = list.command + '\0';
  for (const auto& word : list.words) text += word + '\0';
  return text;
}

std::string name_of(const CommandList& list) {
  const auto first = file_of(list.command.substr(0, list.command.find_first_of(" \t\n")));
  return job_file_name(first, to_text(list));
}

CommandList command_list_from(const std::string& text) {
  CommandList list;
  std::size_t start = 0;
  for (std::size_t end; (end = text.find('\0', start)) != std::string::npos; start = end + 1)
    list.words.push_back(text.substr(start, end - start));
  if (list.words.size() < 2 || start != text.size())
    throw UsageError("a list of commands holds a command and words, each ended by a zero byte");
  list.command = std::move(list.words.front());
  list.words.erase(list.words.begin());
  return list;
}

std::string command_for(const std::string& command, const std::string& word) {
  std::string text;
  bool placed = false;
  for (std::size_t i = 0; i < command.size();) {
    const auto found = std::ranges::find_if(kPlaceholders, [&](const auto& one) {
      return command.compare(i, std::strlen(one.text), one.text) == 0;
    });
    if (found == kPlaceholders.end()) {
      text += command[i++];
      continue;
    }
    text += quoted(found->of(word));
    placed = true;
    i += std::strlen(found->text);
  }
  return placed ? text : text + " " + quoted(word);
}

}  // namespace breakeven
