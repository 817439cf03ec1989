#include "bench/record/rows.h"

#include <cmath>
#include <limits>

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
            {"completion", record.completion},
            {"facts", record.facts},
            {"set_aside", taking.set_aside ? Json(*taking.set_aside) : Json()},
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

namespace {

constexpr std::uint64_t kMaxExact = std::uint64_t{1} << 53;  // every JSON reader holds it exactly
constexpr double kMaxTime = 1e18;

void check_duration(JsonReader& reader, const std::string& key, double least = 0) {
  const double value = reader.number(key);
  if (!(value >= least && value <= kMaxTime)) reader.fail(key, "is no time that a clock can measure");
}

std::string named(JsonReader& reader, const std::string& key) {
  auto text = reader.string(key);
  if (text.empty()) reader.fail(key, "is empty");
  return text;
}

// What rows and failures have in common: the place of the sample in the run.
void check_place(JsonReader& reader) {
  case_from_json(reader.raw("case"), reader.path("case"));
  reader.integer_within("round", 0, std::numeric_limits<unsigned>::max());
  named(reader, "block");
  named(reader, "build");
  check_duration(reader, "started_s");
}

std::optional<double> line_of(const Json& covariates) {
  double sum = 0;
  int count = 0;
  for (const char* name : {"line_before_ns", "line_after_ns"}) {
    const auto found = covariates.find(name);
    if (found != covariates.end() && found->is_number() && found->get<double>() > 0)
      sum += std::log(found->get<double>()), ++count;
  }
  return count == 0 ? std::nullopt : std::optional(std::exp(sum / count));
}

void check_object(JsonReader& reader, const std::string& key) {
  if (const Json* value = reader.find(key); value && !value->is_object())
    reader.fail(key, "expected an object {...}, found " + excerpt(*value));
}

}  // namespace

void check_sample_row(const Json& row, const std::string& where) {
  JsonReader reader(row, where);
  reader.string("name");
  reader.string("run_name");
  if (reader.string("run_type") != "iteration") reader.fail("run_type", "expected \"iteration\"");
  if (reader.string("time_unit") != "ns") reader.fail("time_unit", "expected \"ns\"");
  reader.integer_within("repetition_index", 0, kMaxExact);
  reader.integer_within("iterations", 1, kMaxExact);
  check_duration(reader, "real_time", 1e-6);
  check_duration(reader, "cpu_time");

  JsonReader ours(reader.raw("breakeven"), reader.path("breakeven"));
  check_place(ours);
  ours.word("role", parse_word<Role>);
  named(ours, "baseline");
  if (ours.has("half")) ours.integer_within("half", 0, 1);
  ours.integer_within("sequence", 0, kMaxExact);
  if (!ours.boolean("ok", false)) ours.fail("ok", "expected true: a failed sample is no row");
  ours.string("digest");
  ours.integer_within("batch", 1, kMaxExact);
  if (ours.numbers("iteration_ns").size() > kMaxIterations)
    ours.fail("iteration_ns", "has more than " + std::to_string(kMaxIterations) + " values");
  check_duration(ours, "timed_s");
  check_duration(ours, "warmup_s");
  ours.integer_within("bytes_moved", 0, kMaxExact);
  if (!ours.raw("losses").is_array()) ours.fail("losses", "expected a list");
  check_object(ours, "facts");
  ours.raw("covariates");
  check_object(ours, "covariates");
  if (ours.has("set_aside")) ours.string("set_aside");
}

void check_failure_entry(const Json& entry, const std::string& where) {
  JsonReader reader(entry, where);
  reader.string("name");
  check_place(reader);
  reader.string("kind");
  reader.string("reason");
}

bool is_set_aside(const Json& row) {
  const Json& ours = row.at("breakeven");
  return ours.contains("set_aside") && !ours.at("set_aside").is_null();
}

Measured measured_of(const Record& record, bool set_aside) {
  return {.iterations = record.iterations,
          .batch = record.batch,
          .real_time_ns = record.real_time_ns,
          .timed_s = record.timed_s,
          .warmup_s = record.warmup_s,
          .digest = record.digest,
          .line_ns = line_of(record.covariates),
          .set_aside = set_aside};
}

Measured measured_of_row(const Json& row) {
  const Json& ours = row.at("breakeven");
  const auto batch = ours.at("batch").get<std::size_t>();
  return {.iterations = row.at("iterations").get<std::size_t>() / batch,
          .batch = batch,
          .real_time_ns = row.at("real_time"),
          .timed_s = ours.at("timed_s"),
          .warmup_s = ours.at("warmup_s"),
          .digest = ours.at("digest"),
          .line_ns = line_of(ours.at("covariates")),
          .set_aside = is_set_aside(row)};
}

}  // namespace breakeven
