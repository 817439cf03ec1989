#include "bench/installation/command.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace breakeven {
namespace {

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::pair<std::string, bool> output_of(const std::vector<std::string>& command) {
  std::string line;
  for (const auto& word : command) line += quoted(word) + " ";
  std::FILE* const pipe = ::popen((line + "2>&1").c_str(), "re");
  if (!pipe) return {std::strerror(errno), false};
  std::string text;
  char block[4096];
  for (std::size_t count; (count = std::fread(block, 1, sizeof block, pipe)) > 0;) text.append(block, count);
  while (text.ends_with('\n')) text.pop_back();
  return {text, ::pclose(pipe) == 0};
}

}  // namespace breakeven
