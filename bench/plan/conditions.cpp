#include "bench/plan/conditions.h"

#include <algorithm>

#include "backends/contract/error.h"

namespace breakeven {

Conditions conditions_from_json(JsonReader& reader, const std::string& key, const OptionSchema& options,
                                const std::vector<std::string>& besides) {
  Conditions conditions;
  const Json* found = reader.find(key);
  if (!found) return conditions;
  if (!found->is_object()) reader.fail(key, "expected an object {...}, found " + excerpt(*found));
  auto known = besides;
  const Json fields = to_json(Case{});
  for (const auto& [field, value] : fields.items()) known.push_back(field);
  for (const auto& option : options) known.push_back(option.name);
  for (const auto& [name, value] : found->items()) {
    if (std::ranges::find(known, name) == known.end())
      throw UsageError(reader.path(key) + ": " + unknown_word("field", name, known));
    conditions[name] = value.is_array() ? value.get<std::vector<Json>>() : std::vector<Json>{value};
  }
  return conditions;
}

Json fields_of(const Case& c, const Setup& setup) {
  Json fields = to_json(c);
  for (const auto& [option, value] : setup.options) fields[option] = value;
  return fields;
}

bool all_hold(const Conditions& conditions, const Json& fields) {
  return std::ranges::all_of(conditions, [&](const auto& condition) {
    return std::ranges::find(condition.second, fields.at(condition.first)) != condition.second.end();
  });
}

}  // namespace breakeven
