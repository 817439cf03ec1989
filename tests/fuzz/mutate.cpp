#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace breakeven::fuzz {
namespace {

using Json = nlohmann::json;

std::size_t below(std::size_t bound, Random& random) { return bound == 0 ? 0 : random() % bound; }

// Values that readers trip over: limits, other types, words that are nearly right.
Json tricky_value(Random& random) {
  static const std::vector<Json> values = {nullptr,
                                           true,
                                           false,
                                           0,
                                           -1,
                                           1,
                                           0.5,
                                           -0.0,
                                           1e308,
                                           5e-324,
                                           1e-7,
                                           2147483648u,
                                           4294967296u,
                                           9007199254740993u,
                                           18446744073709551615u,
                                           (-9223372036854775807 - 1),
                                           "",
                                           "0",
                                           "-1",
                                           "1e308",
                                           "nan",
                                           "all",
                                           "cores",
                                           "2*cores",
                                           "9999999999*cores",
                                           "doubling",
                                           "99999999999999999999",
                                           "4KiB",
                                           "16777216GiB",
                                           "1:1",
                                           ":",
                                           "20us",
                                           "-1us",
                                           "0us",
                                           "1e300s",
                                           "100%",
                                           "default",
                                           "map",
                                           "../..",
                                           "a\nb",
                                           "\xff\xfe",
                                           std::string("a\0b", 3),
                                           std::string(5000, 'x'),
                                           Json::array(),
                                           Json::object(),
                                           {{"a", 1}},
                                           {1, 2, 3},
                                           {"serial", "serial"},
                                           "serial,a=b",
                                           "fork_pool/"};
  if (below(40, random) == 0) {  // deeper than any reader should follow
    Json deep = Json::array();
    for (std::size_t i = below(200, random); i > 0; --i) deep = Json::array({std::move(deep)});
    return deep;
  }
  return values[below(values.size(), random)];
}

// A value somewhere in the document, each child about as likely as the whole of it.
Json& somewhere(Json& json, Random& random) {
  Json* at = &json;
  while (at->is_structured() && !at->empty() && below(5, random) != 0) {
    at = &*std::next(at->begin(), static_cast<std::ptrdiff_t>(below(at->size(), random)));
  }
  return *at;
}

void change_object(Json& object, Random& random) {
  if (object.empty()) return;
  const auto key = std::next(object.begin(), static_cast<std::ptrdiff_t>(below(object.size(), random))).key();
  Json value = object[key];
  switch (below(3, random)) {
    case 0:
      object.erase(key);
      break;
    case 1:  // misspelt
      object.erase(key);
      object[key + "s"] = std::move(value);
      break;
    default:
      object["unknown"] = std::move(value);
  }
}

void change_json(Json& json, Random& random) {
  Json& place = somewhere(json, random);
  if (place.is_object() && below(2, random) == 0) {
    change_object(place, random);
  } else if (place.is_array() && below(2, random) == 0) {
    place.push_back(place.empty() ? tricky_value(random) : place[below(place.size(), random)]);
  } else {
    place = tricky_value(random);
  }
}

void change_bytes(std::string& text, Random& random) {
  const auto at = below(text.size() + 1, random);
  switch (below(6, random)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(random());
      break;
    case 1:
      text.erase(at, below(20, random) + 1);
      break;
    case 2:  // a part of it once more, elsewhere: keys and lines repeat
      text.insert(at, text.substr(below(text.size(), random), below(200, random)));
      break;
    case 3:
      text.resize(at);  // torn
      break;
    case 4:
      text.insert(at, 1, "{}[]\",:\\\n-0e."[below(13, random)]);
      break;
    default:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8, random)));
  }
}

// Changes one line as JSON where it is JSON: a document is one line, a journal has many.
bool change_a_line(std::string& text, Random& random) {
  const auto anywhere = below(text.size(), random);
  const auto before = anywhere == 0 ? std::string::npos : text.rfind('\n', anywhere - 1);
  const auto start = before == std::string::npos ? 0 : before + 1;
  const auto end = std::min(text.find('\n', start), text.size());
  const auto brace = text.find('{', start);
  if (brace == std::string::npos || brace >= end) return false;
  Json json = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(brace),
                          text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
  if (json.is_discarded()) return false;
  change_json(json, random);
  text.replace(brace, end - brace, json.dump(-1, ' ', false, Json::error_handler_t::replace));
  return true;
}

}  // namespace

std::string mutated(std::string text, Random& random) {
  for (auto changes = below(3, random) + 1; changes > 0; --changes) {
    if (below(3, random) == 0 || !change_a_line(text, random)) change_bytes(text, random);
  }
  return text;
}

}  // namespace breakeven::fuzz
