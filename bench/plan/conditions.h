// Conditions of a manifest's rules: fields of a case, or options of the backend, with the values they may have.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/plan/catalogue.h"
#include "bench/text/json_reader.h"

namespace breakeven {

using Conditions = std::map<std::string, std::vector<Json>>;

// Of `key`, where it stands; else empty. A field is one of a case, an option of the backend, or of `besides`. Throws
// UsageError with the key's path.
Conditions conditions_from_json(JsonReader& reader, const std::string& key, const OptionSchema& options,
                                const std::vector<std::string>& besides = {});

// What conditions ask about.
Json fields_of(const Case& c, const Setup& setup);

bool all_hold(const Conditions& conditions, const Json& fields);

// A value that depends on the case: by the first rule that holds, of which the last holds always.
template <class Value>
struct Ruled {
  struct Rule {
    Conditions when;
    Value value;
  };
  std::vector<Rule> rules;

  const Value& of(const Json& fields) const {
    for (const auto& rule : rules) {
      if (all_hold(rule.when, fields)) return rule.value;
    }
    return rules.back().value;
  }
};

// `key` is a value, or a list of rules, each with `when` and what `read` takes of it. `is_rules` tells the list of rules from
// a value that is a list itself.
template <class ReadPlain, class ReadRule>
auto ruled_from_json(JsonReader& reader, const std::string& key, const OptionSchema& options,
                     const std::vector<std::string>& besides, ReadPlain plain, ReadRule read) {
  Ruled<decltype(plain())> ruled;
  const Json& found = reader.raw(key);
  if (!found.is_array() || found.empty() || !found.front().is_object()) {
    ruled.rules.push_back({{}, plain()});
    return ruled;
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    JsonReader item(found[i], reader.path(key) + "[" + std::to_string(i) + "]");
    ruled.rules.push_back({conditions_from_json(item, "when", options, besides), read(item)});
    item.refuse_unknown_keys();
  }
  if (!ruled.rules.back().when.empty()) reader.fail(key, "the last rule must hold always, without `when`");
  return ruled;
}

}  // namespace breakeven
