// What on a machine will disturb a measurement, in plain words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/text/json_reader.h"

namespace breakeven {

struct Finding {
  enum class Severity { kNote, kWarning };

  std::string id;  // a stable name, such as "governor"
  Severity severity = Severity::kNote;
  std::string what;    // the fact
  std::string effect;  // what it does to a measurement, with the measured figure where there is one
  std::string remedy;  // what to do, the command first where there is one
};

// What the rules look at. `context` is the head of a result file, `measured` what `breakeven doctor` measured
// (bench/doctor/measurements.h), or null. Both may lack anything.
class Evidence {
 public:
  Evidence(const Json& context, const Json& measured) : context_(context), measured_(measured) {}

  // By JSON pointer; null where it is missing.
  const Json& machine(const std::string& pointer) const;
  const Json& build(const std::string& pointer) const;  // of context.breakeven
  const Json& context(const std::string& pointer) const;
  const Json& measured(const std::string& pointer) const;

 private:
  const Json& context_;
  const Json& measured_;
};

using Rule = std::optional<Finding> (*)(const Evidence&);

// One rule a finding; by what they look at.
const std::vector<Rule>& machine_rules();   // processor, frequency, hypervisor, limits
const std::vector<Rule>& system_rules();    // kernel, memory, libraries, other processes
const std::vector<Rule>& measured_rules();  // what only shows when measured

// Warnings first. A pure function; a stored result file's context gives what its run's header said.
std::vector<Finding> find_disturbances(const Json& context, const Json& measured = nullptr);

Json to_json(const std::vector<Finding>& findings);

}  // namespace breakeven
