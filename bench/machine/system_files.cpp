#include "bench/machine/system_files.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "bench/machine/proc_file.h"

namespace breakeven {
namespace {

constexpr const char* kBlanks = " \t\n";

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

std::filesystem::path SystemFiles::at(const std::string& path) const {
  return root_ / std::filesystem::path(path).relative_path();
}

std::optional<std::string> SystemFiles::text(const std::string& path) const {
  auto text = read_small_file(at(path));
  if (!text || text->empty()) return std::nullopt;
  text->erase(text->find_last_not_of(kBlanks) + 1);  // all of it where there are blanks alone
  return text;
}

std::optional<std::int64_t> SystemFiles::integer(const std::string& path) const {
  const auto words = text(path);
  if (!words) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(words->data(), words->data() + words->size(), value);
  return error == std::errc{} && end == words->data() + words->size() ? std::optional(value) : std::nullopt;
}

std::optional<std::string> SystemFiles::field(const std::string& path, const std::string& key) const {
  std::istringstream lines(text(path).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const auto rest = line.substr(key.size());
    const auto separator = rest.find_first_not_of(" \t");
    if (separator == std::string::npos) continue;
    if (rest[separator] == ':' || rest[separator] == '=') return trimmed(rest.substr(separator + 1));
    const bool longer_key =
        separator == 0 || rest.find(':') != std::string::npos;  // "model name: x" for "model"
    if (!longer_key) return trimmed(rest);
  }
  return std::nullopt;
}

bool SystemFiles::exists(const std::string& path) const {
  std::error_code ignored;
  return std::filesystem::exists(at(path), ignored);
}

std::vector<std::string> SystemFiles::names_in(const std::string& folder) const {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(at(folder), error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace breakeven
