#include "bench/plan/protocol.h"

#include <cmath>

#include "backends/contract/error.h"

namespace breakeven {
namespace {

constexpr std::string_view kRecordStart = "{\"breakeven_sample\":";

std::vector<Loss> losses_from_json(const Json& list, const std::string& where) {
  std::vector<Loss> losses;
  if (!list.is_array()) throw UsageError(where + ".losses: expected a list, found " + excerpt(list));
  for (std::size_t i = 0; i < list.size(); ++i) {
    JsonReader reader(list[i], where + ".losses[" + std::to_string(i) + "]");
    losses.push_back({.task = reader.integer("task"),
                      .worker = static_cast<unsigned>(reader.integer("worker", 0)),
                      .signal = static_cast<int>(reader.integer("signal", 0)),
                      .exit_code = static_cast<int>(reader.integer("exit_code", 0))});
  }
  return losses;
}

Record record_from_json(const Json& json) {
  const std::string where = "record: breakeven_sample";
  JsonReader reader(json, where);
  Record record;
  record.failure_kind = reader.string("failure_kind", "");
  record.reason = reader.string("reason", "");
  if (const Json* losses = reader.find("losses")) record.losses = losses_from_json(*losses, where);
  if (!record.ok()) return record;
  record.iterations = reader.integer("iterations");
  record.batch = reader.integer("batch");
  record.iteration_ns = reader.numbers("iteration_ns");
  record.real_time_ns = reader.number("real_time_ns");
  record.cpu_time_ns = reader.number("cpu_time_ns");
  record.timed_s = reader.number("timed_s");
  record.warmup_s = reader.number("warmup_s");
  record.bytes_moved = reader.integer("bytes_moved", 0);
  record.digest = reader.string("digest");
  if (reader.has("completion")) record.completion = reader.raw("completion");
  if (reader.has("facts")) record.facts = reader.raw("facts");
  if (reader.has("covariates")) record.covariates = reader.raw("covariates");
  if (record.iterations == 0 || record.batch == 0)
    reader.fail("iterations", "a good sample has at least one");
  if (record.iteration_ns.size() > kMaxIterations) reader.fail("iteration_ns", "has more than 64 values");
  if (!(record.real_time_ns > 0)) reader.fail("real_time_ns", "must be positive");
  return record;
}

}  // namespace

Json to_json(const Loss& loss) {
  return {
      {"task", loss.task}, {"worker", loss.worker}, {"signal", loss.signal}, {"exit_code", loss.exit_code}};
}

Json to_json(const Request& request) {
  return {{"protocol", kProtocol},
          {"case", to_json(request.c)},
          {"build", request.build},
          {"seed", request.c.shape.seed},
          {"iterations", request.iterations},
          {"batch", request.batch},
          {"min_time_s", request.timing.min_time_s},
          {"min_iterations", request.timing.min_iterations},
          {"completion", request.timing.completion},
          {"deadline_s", request.deadline_s},
          {"extra", request.extra},
          {"counters", request.counters},
          {"expected_digest", request.expected_digest.empty() ? Json() : Json(request.expected_digest)}};
}

Request request_from_json(const Json& json) {
  JsonReader reader(json, "request:");
  if (const auto protocol = reader.integer("protocol"); protocol != kProtocol) {
    reader.fail("protocol", "this program speaks version " + std::to_string(kProtocol) +
                                ", the request is version " + std::to_string(protocol) +
                                "; use programs of one release");
  }
  Request request;
  request.c = case_from_json(reader.raw("case"), "request: case");
  request.build = reader.string("build", "head");
  request.c.shape.seed = reader.integer("seed", request.c.shape.seed);
  request.iterations = reader.integer("iterations", 0);
  request.batch = reader.integer("batch", 0);
  request.timing.min_time_s = reader.number("min_time_s", request.timing.min_time_s);
  request.timing.min_iterations = reader.integer("min_iterations", request.timing.min_iterations);
  request.timing.completion = reader.boolean("completion", false);
  request.deadline_s = reader.number("deadline_s", request.deadline_s);
  request.extra = reader.number("extra", 0);
  request.counters = reader.boolean("counters", false);
  request.expected_digest = reader.string("expected_digest", "");
  if (request.iterations > kMaxIterations) reader.fail("iterations", "at most 64; use batch for more runs");
  if ((request.iterations == 0) != (request.batch == 0)) {
    reader.fail("batch", "iterations and batch are both 0 (calibrate) or both given");
  }
  if (!(request.timing.min_time_s >= 0 && request.timing.min_time_s <= 60))
    reader.fail("min_time_s", "expected 0 to 60");
  if (!(request.deadline_s > 0)) reader.fail("deadline_s", "expected a positive number of seconds");
  if (!(request.extra >= 0 && request.extra <= 10)) reader.fail("extra", "expected a fraction from 0 to 10");
  return request;
}

std::string record_line(const Record& record) {
  Json losses = Json::array();
  for (const auto& loss : record.losses) losses.push_back(to_json(loss));
  Json json = {{"protocol", kProtocol}, {"losses", losses}};
  if (!record.ok()) {
    json["failure_kind"] = record.failure_kind;
    json["reason"] = record.reason;
  } else {
    json.update(Json{{"iterations", record.iterations},
                     {"batch", record.batch},
                     {"iteration_ns", record.iteration_ns},
                     {"real_time_ns", record.real_time_ns},
                     {"cpu_time_ns", record.cpu_time_ns},
                     {"timed_s", record.timed_s},
                     {"warmup_s", record.warmup_s},
                     {"bytes_moved", record.bytes_moved},
                     {"digest", record.digest},
                     {"completion", record.completion},
                     {"facts", record.facts},
                     {"covariates", record.covariates}});
  }
  return Json{{"breakeven_sample", json}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Record> find_record(const std::string& standard_output) {
  std::size_t start = std::string::npos;
  for (std::size_t at = 0; at < standard_output.size();) {
    const auto end = std::min(standard_output.find('\n', at), standard_output.size());
    if (standard_output.compare(at, kRecordStart.size(), kRecordStart) == 0) start = at;
    at = end + 1;
  }
  if (start == std::string::npos) return std::nullopt;
  const auto line = standard_output.substr(start, standard_output.find('\n', start) - start);
  const Json json = parse_json(line, "record");
  return record_from_json(json.at("breakeven_sample"));
}

}  // namespace breakeven
