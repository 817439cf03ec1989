// Reads a JSON object by its keys, typed, with the key's path in every complaint.
#pragma once

#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "backends/contract/error.h"

namespace breakeven {

using Json = nlohmann::json;

// Whole-file reads; UsageError names the file and, where it is malformed, the place.
std::string read_text_file(const std::string& path);
// Refuses a key that stands twice in one object: readers disagree on which of them counts.
Json parse_json(const std::string& text, const std::string& where);

// All getters throw UsageError such as `suite.json: grids[0].tasks: expected a whole number, found "many"`.
// Not thread-safe. The object must outlive the reader.
class JsonReader {
 public:
  JsonReader(const Json& object, std::string where);  // refuses what is not an object

  bool has(const std::string& key) const { return object_.contains(key) && !object_.at(key).is_null(); }
  const Json& raw(const std::string& key);   // refuses a missing key
  const Json* find(const std::string& key);  // nullptr where missing or null

  std::string string(const std::string& key);
  std::string string(const std::string& key, const std::string& fallback);
  double number(const std::string& key, double fallback);
  double number(const std::string& key);
  std::uint64_t integer(const std::string& key);
  std::uint64_t integer(const std::string& key, std::uint64_t fallback);
  std::uint64_t integer_within(const std::string& key, std::uint64_t least, std::uint64_t most);
  double number_within(const std::string& key, double least, double most);
  bool boolean(const std::string& key, bool fallback);
  std::vector<double> numbers(const std::string& key);
  std::vector<std::string> strings(const std::string& key);  // a string counts as a list of one

  // A string that `parse` understands; its complaint gets the key's path.
  template <class Parse>
  auto word(const std::string& key, Parse parse) {
    const auto text = string(key);
    try {
      return parse(text);
    } catch (const UsageError& error) {
      fail(key, error.what());
    }
  }

  // For texts that people write: refuses keys that nobody asked for, naming the nearest known one.
  void refuse_unknown_keys() const;

  std::string path(const std::string& key) const;
  [[noreturn]] void fail(const std::string& key, const std::string& problem) const;
  [[noreturn]] void refuse(const std::string& problem) const;  // the object as a whole

 private:
  const Json& object_;
  std::string where_;
  std::vector<std::string> known_;
};

std::string excerpt(const Json& value);  // short form of a value for messages

}  // namespace breakeven
