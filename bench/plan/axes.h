// The fields of a case in one table: the JSON form of each, its part of a case's name, and, where it is an
// axis of a suite, how its values are written. A new axis is a member of Case and a row here.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/plan/case.h"

namespace breakeven {

class Catalogue;

// What a case may ask for; more than that is a typing error, not an experiment.
inline constexpr std::uint64_t kMaxWorkers = 1024;
inline constexpr std::uint64_t kMaxNodes = 1024;
inline constexpr std::uint64_t kMaxTasks = 1'000'000'000;
inline constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 32;  // of payload in one task, each way

// A name has three parts: the shape, the backend with its workers, and the way in which it is used. Within
// each, fields are ordered by their place.
inline constexpr int kShapePlace = 100, kBackendPlace = 200, kWayPlace = 300, kEndPlace = 400;

struct CaseField {
  std::string name;  // in JSON, in --axis NAME=VALUES, in the rules of a manifest

  struct JsonForm {
    std::function<Json(const Case&)> write = {};
    std::function<void(Case&, JsonReader&, const std::string& name)> read = {};
    bool required = true;
  } json = {};  // empty of an axis that sets other fields

  struct NamePart {
    int place = 0;                                      // 0: not in the name
    std::function<std::string(const Case&)> text = {};  // "skew=2"; empty: nothing to say
  } part = {};

  struct Axis {
    std::function<void(Case&, const std::string&)> set = {};  // the field to this text; throws UsageError
    std::string suite_key = {};                               // in a suite file, where it is not the name
    std::string fallback = {};  // the text of a suite that has none; empty: the default of Case
    // What a text stands for on this machine, such as each count of "doubling"; empty: itself.
    std::function<std::vector<std::string>(const std::string&, const Catalogue&, unsigned cores)> values = {};
  } axis = {};  // empty of a field that no suite sets

  const std::string& suite_key() const { return axis.suite_key.empty() ? name : axis.suite_key; }
};

// In the order in which a grid is expanded: the last axis varies fastest. Thread-safe.
const std::vector<CaseField>& case_fields();
std::vector<const CaseField*> axes();  // those that a suite can set, in that order

// Refuses a number that is too large: "1000000 is too many workers; at most 1024".
std::uint64_t at_most(std::uint64_t value, std::uint64_t most, const std::string& what);

}  // namespace breakeven
