#include "bench/plan/set_aside.h"

#include "backends/contract/error.h"

namespace breakeven {

Json to_json(const SetAsideRule& rule) { return {{"covariate", rule.covariate}, {"above", rule.above}}; }

std::vector<SetAsideRule> set_aside_rules(const Json& list, const std::string& where) {
  std::vector<SetAsideRule> rules;
  if (!list.is_array()) throw UsageError(where + ": expected a list, found " + excerpt(list));
  for (std::size_t i = 0; i < list.size(); ++i) {
    JsonReader reader(list[i], where + "[" + std::to_string(i) + "]");
    rules.push_back({.covariate = reader.string("covariate"), .above = reader.number("above")});
    reader.refuse_unknown_keys();
  }
  return rules;
}

std::optional<std::string> why_set_aside(const std::vector<SetAsideRule>& rules, const Json& covariates) {
  for (const auto& rule : rules) {
    const auto found = covariates.find(rule.covariate);
    if (found == covariates.end() || !found->is_number() || found->get<double>() <= rule.above) continue;
    return rule.covariate + " is " + found->dump() + ", above " + Json(rule.above).dump();
  }
  return std::nullopt;
}

}  // namespace breakeven
