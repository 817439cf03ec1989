#include "bench/machine/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace breakeven {
namespace {

constexpr const char* kSpace = " \t\n:";

std::optional<std::uint64_t> number_at(const std::string& text, std::size_t at) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<std::string> read_small_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string text;
  std::array<char, 8192> buffer;
  ssize_t count;
  while ((count = ::read(fd, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(fd);
  return count < 0 ? std::nullopt : std::optional(text);
}

std::optional<std::uint64_t> word_number(const std::string& text, std::size_t index) {
  std::size_t at = text.find_first_not_of(kSpace);
  for (; index > 0 && at != std::string::npos; --index)
    at = text.find_first_not_of(kSpace, text.find_first_of(kSpace, at));
  return at == std::string::npos ? std::nullopt : number_at(text, at);
}

std::optional<std::uint64_t> keyed_number(const std::string& text, const std::string& key) {
  for (std::size_t line = 0; line < text.size();) {
    const auto behind = line + key.size();
    if (text.compare(line, key.size(), key) == 0 && behind < text.size() &&
        std::string(kSpace).find(text[behind]) != std::string::npos) {
      const auto at = text.find_first_not_of(kSpace, behind);
      return at == std::string::npos ? std::nullopt : number_at(text, at);
    }
    const auto end = text.find('\n', line);
    if (end == std::string::npos) break;
    line = end + 1;
  }
  return std::nullopt;
}

}  // namespace breakeven
