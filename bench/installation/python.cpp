#include "bench/installation/python.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "backends/contract/error.h"
#include "bench/installation/command.h"
#include "bench/installation/home.h"

namespace breakeven {
namespace fs = std::filesystem;

std::string find_python(const std::vector<std::string>& modules) {
  std::vector<std::string> command = {"/bin/sh", home("python/breakeven/find-python")};
  command.insert(command.end(), modules.begin(), modules.end());
  const auto [text, found] = output_of(command);
  if (found) return text;
  throw UsageError(text);
}

void become_analysis(const std::vector<std::string>& words, const std::string& executable) {
  fs::path package;
  std::string python;
  try {
    package = home("python/breakeven/__main__.py").parent_path();
    python = find_python();
  } catch (const UsageError& error) {
    throw UsageError(words.front() + ": " + error.what());
  }
  // The folder of the package stands where Python puts the working folder, whose files must not be imported.
  const std::string start =
      "import runpy, sys; sys.path[0] = sys.argv.pop(1); "
      "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)";
  std::vector<std::string> command = {python, "-c", start, package.parent_path(), package.filename()};
  command.insert(command.end(), words.begin(), words.end());
  ::setenv("BREAKEVEN_HOME", package.parent_path().parent_path().c_str(), 0);  // for copies that a check runs
  ::setenv("BREAKEVEN_PROGRAM", executable.c_str(), 1);
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (auto& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(python.c_str(), argv.data());
  throw UsageError(words.front() + ": " + python + " cannot be run: " + std::strerror(errno));
}

}  // namespace breakeven
