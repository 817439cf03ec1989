// What a backend could leave behind in this process: threads, children, descriptors, shared memory.
#pragma once

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace breakeven::test {

class Leftovers {
 public:
  // What is there now and was not in `before`, one a line; empty where nothing is.
  static std::string since(const Leftovers& before) {
    const Leftovers now;
    return difference("thread", now.threads_, before.threads_) +
           difference("descriptor", now.descriptors_, before.descriptors_) +
           difference("segment in /dev/shm", now.segments_, before.segments_, mapped_by_another_process) +
           difference("shared mapping", now.mappings_, before.mappings_) +
           difference("child", now.children_, before.children_);
  }

  // Threads that end by themselves need a moment; what stays for ten seconds stays.
  static std::string that_stay_since(const Leftovers& before) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::string found = since(before);
    while (!found.empty() && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::yield();
      found = since(before);
    }
    return found;
  }

  Leftovers()
      : threads_(names_in("/proc/self/task")),
        descriptors_(open_descriptors()),
        segments_(names_in("/dev/shm")),
        mappings_(shared_mappings()),
        children_(children()) {}

 private:
  using Names = std::multiset<std::string>;

  static Names names_in(const char* folder) {
    Names names;
    DIR* const open = ::opendir(folder);
    if (open == nullptr) return names;
    while (const dirent* entry = ::readdir(open)) {
      if (entry->d_name[0] != '.') names.insert(entry->d_name);
    }
    ::closedir(open);
    return names;
  }

  static Names open_descriptors() {
    Names names;
    for (const auto& number : names_in("/proc/self/fd")) {
      char target[256];
      const auto path = "/proc/self/fd/" + number;
      const auto length = ::readlink(path.c_str(), target, sizeof target);  // fails for the folder's own
      if (length > 0) names.insert(number + " -> " + std::string(target, static_cast<std::size_t>(length)));
    }
    return names;
  }

  // By what is mapped and how large, without the address.
  static Names shared_mappings() {
    Names names;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      const auto permissions = line.find(' ') + 1;
      if (line.compare(permissions + 3, 1, "s") != 0) continue;
      const auto begin = std::stoull(line, nullptr, 16);
      const auto end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
      names.insert(std::to_string(end - begin) + " bytes, " + line.substr(permissions));
    }
    return names;
  }

  // Living or zombie, and without reaping them. The program that started the tests may have left some, too.
  static Names children() {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return {};  // ECHILD
    Names names;
    for (const auto& thread : names_in("/proc/self/task")) {
      std::ifstream file("/proc/self/task/" + thread + "/children");
      names.insert(std::istream_iterator<std::string>(file), {});
    }
    if (names.empty()) names.insert("of an unknown number");  // a kernel without that file
    return names;
  }

  // Then it belongs to that process: a segment does not say which process made it, or when.
  static bool mapped_by_another_process(const std::string& segment) {
    const auto self = std::to_string(::getpid());
    const auto mapped_by = [&](const std::string& process) {
      if (process == self || process.find_first_not_of("0123456789") != std::string::npos) return false;
      std::ifstream maps("/proc/" + process + "/maps");
      for (std::string line; std::getline(maps, line);) {
        if (line.ends_with("/dev/shm/" + segment)) return true;
      }
      return false;
    };
    return std::ranges::any_of(names_in("/proc"), mapped_by);
  }

  static std::string difference(const char* kind, const Names& now, const Names& before,
                                bool (*excused)(const std::string&) = nullptr) {
    std::vector<std::string> more;
    std::ranges::set_difference(now, before, std::back_inserter(more));
    std::string text;
    for (const auto& name : more) {
      if (excused == nullptr || !excused(name)) text += std::string(kind) + " " + name + "\n";
    }
    return text;
  }

  Names threads_, descriptors_, segments_, mappings_, children_;
};

}  // namespace breakeven::test
