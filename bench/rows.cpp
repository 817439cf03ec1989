#include "bench/rows.h"

namespace breakeven {

Json sample_row(const Taking& taking, const Record& record) {
  const Case& c = taking.planned.c;
  const auto name = c.name();
  return {{"name", name},
          {"run_name", name},
          {"run_type", "iteration"},
          {"family_index", taking.slot.planned},
          {"per_family_instance_index", taking.slot.build},
          {"repetitions", taking.most_rounds},
          {"repetition_index", taking.round},
          {"threads", 1},
          {"iterations", static_cast<std::uint64_t>(record.iterations) * record.batch},
          {"real_time", record.real_time_ns},
          {"cpu_time", record.cpu_time_ns},
          {"time_unit", "ns"},
          {"workers", c.workers},
          {"tasks_per_second", static_cast<double>(c.shape.tasks) * 1e9 / record.real_time_ns},
          {"breakeven",
           {{"case", to_json(c)},
            {"role", to_string(taking.planned.role)},
            {"round", taking.round},
            {"block", taking.block},
            {"build", taking.build},
            {"baseline", taking.planned.baseline},
            {"half", taking.slot.half < 0 ? Json() : Json(taking.slot.half)},
            {"sequence", taking.sequence},
            {"started_s", taking.started_s},
            {"ok", true},
            {"digest", record.digest},
            {"batch", record.batch},
            {"iteration_ns", record.iteration_ns},
            {"timed_s", record.timed_s},
            {"warmup_s", record.warmup_s},
            {"bytes_moved", record.bytes_moved},
            {"losses", Json::array()},
            {"facts", record.facts},
            {"covariates", record.covariates}}}};
}

Json failure_entry(const Taking& taking, const Record& record) {
  const Case& c = taking.planned.c;
  Json losses = Json::array();
  for (const auto& loss : record.losses) losses.push_back(to_json(loss));
  return {{"name", c.name()},
          {"case", to_json(c)},
          {"round", taking.round},
          {"block", taking.block},
          {"build", taking.build},
          {"half", taking.slot.half < 0 ? Json() : Json(taking.slot.half)},
          {"role", to_string(taking.planned.role)},
          {"baseline", taking.planned.baseline},
          {"covariates", record.covariates},
          {"kind", record.failure_kind},
          {"reason", record.reason},
          {"losses", losses},
          {"sequence", taking.sequence},
          {"started_s", taking.started_s}};
}

}  // namespace breakeven
