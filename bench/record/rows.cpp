#include "bench/record/rows.h"

namespace breakeven {
namespace {

// Where and when the sample was taken: what a row and a failure have in common.
Json place_of(const Taking& taking) {
  return {{"case", to_json(taking.planned.c)},
          {"role", to_string(taking.planned.role)},
          {"baseline", taking.planned.baseline},
          {"round", taking.round},
          {"block", taking.block},
          {"build", taking.build},
          {"half", taking.slot.half < 0 ? Json() : Json(taking.slot.half)},
          {"sequence", taking.sequence},
          {"started_s", taking.started_s}};
}

}  // namespace

Json sample_row(const Taking& taking, const Record& record) {
  const Case& c = taking.planned.c;
  const Measured measured = measured_of(record.said);
  const Json& cpu_time_ns = record.said.at("cpu_time_ns");
  Json ours = record.said;
  ours.update(place_of(taking));
  ours["ok"] = true;
  ours["set_aside"] = taking.set_aside ? Json(*taking.set_aside) : Json();
  if (cpu_time_ns.is_null()) ours["cpu_time_known"] = false;
  const auto name = c.name();
  return {{"name", name},
          {"run_name", name},
          {"run_type", "iteration"},
          {"family_index", taking.slot.planned},
          {"per_family_instance_index", taking.slot.build},
          {"repetitions", taking.most_rounds},
          {"repetition_index", taking.round},
          {"threads", 1},
          {"iterations", static_cast<std::uint64_t>(measured.iterations) * measured.batch},
          {"real_time", measured.real_time_ns},
          {"cpu_time", cpu_time_ns.is_null() ? Json(measured.real_time_ns) : cpu_time_ns},
          {"time_unit", "ns"},
          {"workers", c.workers},
          {"tasks_per_second", static_cast<double>(c.shape.tasks) * 1e9 / measured.real_time_ns},
          {"breakeven", ours}};
}

Json failure_entry(const Taking& taking, const Record& record) {
  Json entry = {{"losses", Json::array()}};
  entry.update(record.said);
  entry.update(place_of(taking));
  entry["name"] = taking.planned.c.name();
  entry["kind"] = record.failure_kind;
  entry["reason"] = record.reason;
  return entry;
}

std::string wrong_digest(const std::string& digest, const std::string& reference, bool plain_loop) {
  if (plain_loop) {
    return "two plain loops differ (digests " + digest + " and " + reference +
           "): the function is not pure, its output depends on more than its input";
  }
  return "the outputs' digest is " + digest + ", the baseline's is " + reference;
}

bool is_set_aside(const Json& row) {
  const Json& ours = row.at("breakeven");
  return ours.contains("set_aside") && !ours.at("set_aside").is_null();
}

}  // namespace breakeven
