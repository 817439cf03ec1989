#include "bench/text/json_reader.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "backends/contract/error.h"

namespace breakeven {
namespace {

constexpr int kMaxDepth = 64;  // everything that reads JSON here may recurse

// Follows the parser through the text, and refuses what it takes without a word: depth and repeated keys.
class ParseGuard {
 public:
  explicit ParseGuard(const std::string& where) : where_(where) {}

  void see(int depth, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > kMaxDepth)
      throw UsageError(where_ + ": is nested more than " + std::to_string(kMaxDepth) + " deep");
    if (event == Event::key) return see_key(parsed.get_ref<const std::string&>());
    if (event == Event::object_end || event == Event::array_end) return open_.pop_back();
    if (!open_.empty() && open_.back().is_list) ++open_.back().items;
    if (event == Event::object_start) open_.push_back({});
    if (event == Event::array_start) open_.push_back({.is_list = true, .items = 0, .key = {}, .keys = {}});
  }

 private:
  struct Level {
    bool is_list = false;
    std::size_t items = 0;  // seen so far, the open one included
    std::string key;        // the last one
    std::set<std::string> keys;
  };

  void see_key(const std::string& key) {
    auto& level = open_.back();
    level.key = key;
    if (!level.keys.insert(key).second) throw UsageError(where_ + path() + ": the key is given twice");
  }

  std::string path() const {
    std::string text;
    for (const auto& level : open_) {
      if (level.is_list) {
        text += "[" + std::to_string(level.items - 1) + "]";
      } else {
        text += (text.empty() ? ": " : ".") + level.key;
      }
    }
    return text;
  }

  const std::string& where_;
  std::vector<Level> open_;
};

}  // namespace

std::string read_text_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError(path + ": cannot be read: " + std::strerror(errno));
  if (std::error_code error; std::filesystem::is_directory(path, error))
    throw UsageError(path + ": is a folder; name the file in it");
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) throw UsageError(path + ": cannot be read: " + std::strerror(errno));
  return text;
}

Json parse_json(const std::string& text, const std::string& where) {
  ParseGuard guard(where);
  try {
    return Json::parse(text, [&guard](int depth, Json::parse_event_t event, Json& parsed) {
      guard.see(depth, event, parsed);
      return true;
    });
  } catch (const Json::exception& error) {
    std::string reason =
        error.what();  // "[json.exception.parse_error.101] parse error at line 3, column 5: …"
    if (const auto end = reason.find("] "); end != std::string::npos) reason.erase(0, end + 2);
    throw UsageError(where + ": is not valid JSON: " + reason);
  }
}

std::string excerpt(const Json& value) {
  auto text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

JsonReader::JsonReader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) refuse("expected an object {...}, found " + excerpt(object_));
}

std::string JsonReader::path(const std::string& key) const {
  return where_ + (where_.ends_with(':') ? " " : ".") + key;
}

void JsonReader::refuse(const std::string& problem) const {
  throw UsageError(where_ + (where_.ends_with(':') ? " " : ": ") + problem);
}

void JsonReader::fail(const std::string& key, const std::string& problem) const {
  throw UsageError(path(key) + ": " + problem);
}

const Json* JsonReader::find(const std::string& key) {
  known_.push_back(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json& JsonReader::raw(const std::string& key) {
  const Json* value = find(key);
  if (!value) fail(key, "is missing");
  return *value;
}

std::string JsonReader::string(const std::string& key) {
  const Json& value = raw(key);
  if (!value.is_string()) fail(key, "expected a string, found " + excerpt(value));
  return value.get<std::string>();
}

std::string JsonReader::string(const std::string& key, const std::string& fallback) {
  return find(key) ? string(key) : fallback;
}

double JsonReader::number(const std::string& key) {
  const Json& value = raw(key);
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    fail(key, "expected a number, found " + excerpt(value));
  }
  return value.get<double>();
}

double JsonReader::number(const std::string& key, double fallback) {
  return find(key) ? number(key) : fallback;
}

std::uint64_t JsonReader::integer(const std::string& key) {
  const Json& value = raw(key);
  if (!value.is_number_unsigned()) fail(key, "expected a whole number, found " + excerpt(value));
  return value.get<std::uint64_t>();
}

std::uint64_t JsonReader::integer(const std::string& key, std::uint64_t fallback) {
  return find(key) ? integer(key) : fallback;
}

std::uint64_t JsonReader::integer_within(const std::string& key, std::uint64_t least, std::uint64_t most) {
  const auto value = integer(key);
  if (value < least || value > most)
    fail(key, "expected " + std::to_string(least) + " to " + std::to_string(most) + ", found " +
                  std::to_string(value));
  return value;
}

double JsonReader::number_within(const std::string& key, double least, double most) {
  const auto value = number(key);
  if (value < least || value > most) {
    char range[96];
    std::snprintf(range, sizeof range, "expected %.9g to %.9g, found %.9g", least, most, value);
    fail(key, range);
  }
  return value;
}

bool JsonReader::boolean(const std::string& key, bool fallback) {
  const Json* value = find(key);
  if (!value) return fallback;
  if (!value->is_boolean()) fail(key, "expected true or false, found " + excerpt(*value));
  return value->get<bool>();
}

std::vector<double> JsonReader::numbers(const std::string& key) {
  const Json& list = raw(key);
  if (!list.is_array()) fail(key, "expected a list of numbers, found " + excerpt(list));
  std::vector<double> values;
  for (const auto& value : list) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
      fail(key, "expected numbers only, found " + excerpt(value));
    }
    values.push_back(value.get<double>());
  }
  return values;
}

std::vector<std::string> JsonReader::strings(const std::string& key) {
  const Json& value = raw(key);
  if (value.is_string()) return {value.get<std::string>()};
  if (!value.is_array()) fail(key, "expected a string or a list of strings, found " + excerpt(value));
  std::vector<std::string> texts;
  for (const auto& item : value) {
    if (!item.is_string()) fail(key, "expected strings only, found " + excerpt(item));
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

void JsonReader::refuse_unknown_keys() const {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known_, key) == known_.end()) refuse(unknown_word("key", key, known_));
  }
}

}  // namespace breakeven
