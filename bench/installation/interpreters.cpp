#include "bench/installation/interpreters.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

#include "backends/contract/error.h"
#include "bench/installation/command.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = "breakeven-interpreter ";

// Behind the mark: version, whether the build is free-threaded, whether the lock is on, whether there are interpreters of their own.
constexpr const char* kProbe =
    "import sys, sysconfig\n"
    "def has(name):\n"
    "    try:\n"
    "        __import__(name)\n"
    "        return True\n"
    "    except Exception:\n"
    "        return False\n"
    "free = bool(sysconfig.get_config_var('Py_GIL_DISABLED'))\n"
    "gil = getattr(sys, '_is_gil_enabled', lambda: True)()\n"
    "pools = sys.version_info >= (3, 14) or sys.version_info >= (3, 13) and has('_interpreters')\n"
    "print('breakeven-interpreter %d.%d %d %d %d' % (*sys.version_info[:2], free, gil, pools))\n"
    "sys.exit(sys.version_info < (3, 9))\n";

std::vector<std::string> folders_of_path() {
  const char* path = std::getenv("PATH");
  std::vector<std::string> folders;
  std::istringstream parts(path ? path : "");
  for (std::string folder; std::getline(parts, folder, ':');) {
    if (!folder.empty()) folders.push_back(folder);
  }
  return folders;
}

std::string on_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return fs::absolute(name);
  for (const auto& folder : folders_of_path()) {
    const auto file = fs::path(folder) / name;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

// The newest first, since names of one folder come in any order.
std::vector<std::string> on_path_by_version() {
  static const std::regex name(R"(python3\.([0-9]+)t?)");
  std::vector<std::string> files;
  for (const auto& folder : folders_of_path()) {
    std::vector<std::pair<int, std::string>> here;
    std::error_code none;
    for (const auto& file : fs::directory_iterator(folder, none)) {
      std::smatch match;
      const auto text = file.path().filename().string();
      if (std::regex_match(text, match, name) && ::access(file.path().c_str(), X_OK) == 0)
        here.emplace_back(-std::stoi(match[1]), file.path());
    }
    std::ranges::sort(here);
    for (auto& [version, file] : here) files.push_back(std::move(file));
  }
  return files;
}

// False where it is none.
bool probe(Interpreter& interpreter) {
  const auto [text, fine] = output_of({interpreter.path, "-c", kProbe});
  const auto at = text.find(kMark);  // behind what a version manager may have to say
  if (!fine || at == std::string::npos) return false;
  std::istringstream words(text.substr(at + std::string_view(kMark).size()));
  bool free = false;
  if (!(words >> interpreter.label >> free >> interpreter.gil >> interpreter.pools)) return false;
  if (free) interpreter.label += "t";
  return true;
}

}  // namespace

std::vector<Interpreter> find_interpreters(const std::vector<std::string>& given) {
  std::vector<Interpreter> found;
  std::set<std::string> labels;
  for (const auto& word : given.empty() ? on_path_by_version() : given) {
    Interpreter one{.path = given.empty() ? word : on_path(word), .label = {}};
    if (one.path.empty() || !probe(one)) {
      if (given.empty()) continue;  // a version manager leaves names that start nothing
      throw UsageError("--interpreter " + word + ": is no Python 3.9 or newer that can be started");
    }
    if (labels.insert(one.label).second) found.push_back(one);
  }
  return found;
}

}  // namespace breakeven
