#include "bench/plan/case.h"

#include <algorithm>

#include "bench/plan/axes.h"

namespace breakeven {
namespace {

// The parts of the name whose place is one of these, in their order.
std::string joined(const Case& c, int first, int end, char between) {
  std::vector<const CaseField*> shown;
  for (const auto& field : case_fields()) {
    if (field.part.place >= first && field.part.place < end) shown.push_back(&field);
  }
  std::ranges::sort(shown, {}, [](const CaseField* field) { return field->part.place; });
  std::string text;
  for (const auto* field : shown) {
    const auto part = field->part.text(c);
    if (!text.empty() && !part.empty()) text += between;
    text += part;
  }
  return text;
}

}  // namespace

std::string Case::shape_name() const { return joined(*this, kShapePlace, kBackendPlace, '/'); }

std::string Case::name() const { return joined(*this, kShapePlace, kEndPlace, '/'); }

std::string Case::way() const {
  auto text = joined(*this, kWayPlace, kEndPlace, ' ');
  std::ranges::replace(text, '=', ' ');
  return text;
}

Json to_json(const Case& c) {
  Json json = Json::object();
  for (const auto& field : case_fields()) {
    if (field.json.write) json[field.name] = field.json.write(c);
  }
  return json;
}

Case case_from_json(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  Case c;
  for (const auto& field : case_fields()) {
    if (field.json.read && (field.json.required || reader.has(field.name)))
      field.json.read(c, reader, field.name);
  }
  return c;
}

}  // namespace breakeven
