// Samples are set aside only by a rule on their covariates that the suite fixed beforehand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/text/json_reader.h"

namespace breakeven {

// In a suite: "set_aside": [{"covariate": "steal_ns", "above": 0}].
struct SetAsideRule {
  std::string covariate;
  double above = 0;
};

Json to_json(const SetAsideRule& rule);
std::vector<SetAsideRule> set_aside_rules(const Json& list, const std::string& where);  // throws UsageError

// Why a sample with these covariates is set aside ("steal_ns is 10000000, above 0"), or nullopt. A covariate
// that could not be read sets nothing aside.
std::optional<std::string> why_set_aside(const std::vector<SetAsideRule>& rules, const Json& covariates);

}  // namespace breakeven
