#include "bench/installation/python.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "backends/contract/error.h"
#include "bench/installation/home.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// What the command prints, standard error included, and whether it ended well.
std::pair<std::string, bool> output_of(const std::string& command) {
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "re");
  if (!pipe) return {std::strerror(errno), false};
  std::string text;
  char block[512];
  for (std::size_t count; (count = std::fread(block, 1, sizeof block, pipe)) > 0;) text.append(block, count);
  while (text.ends_with('\n')) text.pop_back();
  return {text, ::pclose(pipe) == 0};
}

}  // namespace

std::string find_python(const std::vector<std::string>& modules) {
  std::string command = "/bin/sh " + quoted(home("python/breakeven/find-python"));
  for (const auto& module : modules) command += " " + quoted(module);
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
