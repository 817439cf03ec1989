#include "bench/doctor/findings.h"

#include <algorithm>

namespace breakeven {
namespace {

const Json& value_at(const Json& object, const std::string& pointer) {
  static const Json kNull;
  const Json::json_pointer path(pointer);
  return object.contains(path) ? object.at(path) : kNull;
}

}  // namespace

const Json& Evidence::machine(const std::string& pointer) const {
  return value_at(context_, "/breakeven/machine" + pointer);
}
const Json& Evidence::build(const std::string& pointer) const {
  return value_at(context_, "/breakeven" + pointer);
}
const Json& Evidence::context(const std::string& pointer) const { return value_at(context_, pointer); }
const Json& Evidence::measured(const std::string& pointer) const { return value_at(measured_, pointer); }

std::vector<Finding> find_disturbances(const Json& context, const Json& measured) {
  const Evidence evidence(context, measured);
  std::vector<Finding> findings;
  for (const auto* rules : {&measured_rules(), &machine_rules(), &system_rules()}) {
    for (const auto rule : *rules) {
      if (auto finding = rule(evidence)) findings.push_back(std::move(*finding));
    }
  }
  std::ranges::stable_sort(findings,
                           [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return findings;
}

Json to_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const auto& finding : findings) {
    list.push_back({{"id", finding.id},
                    {"severity", finding.severity == Finding::Severity::kWarning ? "warning" : "note"},
                    {"what", finding.what},
                    {"effect", finding.effect},
                    {"remedy", finding.remedy}});
  }
  return list;
}

}  // namespace breakeven
