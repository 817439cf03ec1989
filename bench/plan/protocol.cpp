#include "bench/plan/protocol.h"

#include <cmath>

#include "backends/contract/error.h"

namespace breakeven {

template <>
inline constexpr auto kWords<Pages> =
    words<Pages>("pages", {{Pages::kAny, "any"}, {Pages::kSmall, "small"}, {Pages::kHuge, "huge"}});

namespace {

constexpr std::uint64_t kMaxExact = std::uint64_t{1} << 53;  // every JSON reader holds it exactly
constexpr double kMaxTime = 1e18;                            // ns: thirty years

struct SamplingRule {
  const char* key;
  double Sampling::*value;
  double most;
};

constexpr SamplingRule kSamplingRules[] = {
    {"max_iterations", &Sampling::max_iterations, kMaxIterations},
    {"min_iteration_s", &Sampling::min_iteration_s, 60},
    {"settle_s", &Sampling::settle_s, 60},
    {"long_s", &Sampling::long_s, 3600},
    {"rest_s", &Sampling::rest_s, 60},
    {"warm_part", &Sampling::warm_part, 1},
    {"warm_part_s", &Sampling::warm_part_s, 3600},
};

Json to_json(const Sampling& sampling) {
  Json json;
  for (const auto& rule : kSamplingRules) json[rule.key] = sampling.*rule.value;
  return json;
}

Sampling sampling_from_json(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  Sampling sampling;
  for (const auto& rule : kSamplingRules) {
    double& value = sampling.*rule.value;
    value = reader.number(rule.key, value);
    if (!(value >= 0 && value <= rule.most))
      reader.fail(rule.key, "expected 0 to " + std::to_string(static_cast<int>(rule.most)));
  }
  if (sampling.max_iterations < 1) reader.fail("max_iterations", "expected 1 to 64");
  return sampling;
}

std::vector<int> cpus_from_json(JsonReader& reader) {
  std::vector<int> cpus;
  if (!reader.has("cpus")) return cpus;
  for (const double cpu : reader.numbers("cpus")) {
    if (!(cpu >= 0 && cpu < 1e6 && cpu == std::floor(cpu)))
      reader.fail("cpus", "expected the numbers of CPUs");
    cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

double checked_time(JsonReader& reader, const std::string& key, double least = 0) {
  const double value = reader.number(key);
  if (!(value >= least && value <= kMaxTime)) reader.fail(key, "is not a time that a clock can measure");
  return value;
}

// Fills an optional list or object, and refuses a value of another kind.
void check_optional(JsonReader& reader, Json& said, const std::string& key, const Json& fallback) {
  if (!reader.has(key)) {
    said[key] = fallback;
  } else if (said.at(key).type() != fallback.type()) {
    reader.fail(key, "expected something like " + fallback.dump() + ", found " + excerpt(said.at(key)));
  }
}

// What stands in a record of either kind.
void check_surroundings(JsonReader& reader, Json& said) {
  check_optional(reader, said, "losses", Json::array());
  check_optional(reader, said, "facts", Json::object());
  check_optional(reader, said, "covariates", Json::object());
  for (const auto& [name, value] : said.at("covariates").items()) {
    if (!value.is_number() && !value.is_null())
      reader.fail("covariates", name + ": expected a number or null, found " + excerpt(value));
  }
}

bool differs(double a, double b) { return std::abs(a - b) > 0.01 * std::max(a, b) + 1e-6; }

// The keys that the harness computes with, and that its own readers rely on. All others pass through.
void check_sample(JsonReader& reader, Json& said) {
  const auto iterations = reader.integer_within("iterations", 1, kMaxIterations);
  const auto batch = reader.integer_within("batch", 1, kMaxExact);
  const double real_time_ns = checked_time(reader, "real_time_ns", 1e-6);
  const double timed_ns = checked_time(reader, "timed_s") * 1e9;
  checked_time(reader, "warmup_s");
  const auto digest = reader.string("digest");
  if (digest.size() != 8 || digest.find_first_not_of("0123456789abcdef") != std::string::npos)
    reader.fail("digest", "expected 8 hex digits, found " + excerpt(said.at("digest")));
  const auto times = reader.numbers("iteration_ns");
  if (times.size() != iterations) {
    reader.fail("iteration_ns", "has " + std::to_string(times.size()) + " values where iterations is " +
                                    std::to_string(iterations));
  }
  double sum = 0;
  for (const double time : times) {
    if (!(time > 0 && time <= kMaxTime)) reader.fail("iteration_ns", "holds what no clock can measure");
    sum += time;
  }
  if (differs(sum / static_cast<double>(iterations), real_time_ns))
    reader.fail("real_time_ns", "is not the mean of iteration_ns");
  if (differs(real_time_ns * static_cast<double>(iterations) * static_cast<double>(batch), timed_ns))
    reader.fail("timed_s", "is not iterations x batch x real_time_ns");

  if (reader.has("cpu_time_ns")) {
    checked_time(reader, "cpu_time_ns");
  } else {
    said["cpu_time_ns"] = nullptr;
  }
  said["bytes_moved"] = reader.has("bytes_moved") ? reader.integer_within("bytes_moved", 0, kMaxExact) : 0;
  if (!reader.has("completion")) said["completion"] = nullptr;
  if (reader.has("startup_s")) checked_time(reader, "startup_s");
}

// Of processes on several hosts, all of it optional.
void check_distributed(JsonReader& reader) {
  if (const Json* ranks = reader.find("ranks")) {
    if (!ranks->is_array()) reader.fail("ranks", "expected a list [...], found " + excerpt(*ranks));
    for (std::size_t i = 0; i < ranks->size(); ++i) {
      JsonReader rank((*ranks)[i], reader.path("ranks") + "[" + std::to_string(i) + "]");
      rank.string("host");
      rank.integer_within("tasks", 0, kMaxExact);
    }
  }
  if (const Json* wire = reader.find("wire")) {
    JsonReader crossed(*wire, reader.path("wire"));
    crossed.integer_within("messages", 0, kMaxExact);
    crossed.integer_within("bytes", 0, kMaxExact);
  }
}

Record record_from_json(const Json& json) {
  JsonReader reader(json, "record: breakeven_sample");
  Record record{.failure_kind = {}, .reason = {}, .said = json};
  check_surroundings(reader, record.said);
  const auto kind = reader.string("failure_kind", "");
  if (!kind.empty()) return failed_record(kind, reader.string("reason", ""), record.said);
  check_sample(reader, record.said);
  check_distributed(reader);
  record.said.erase("protocol");
  if (const auto lost = reader.integer("workers_lost", 0); lost > 0)
    return failed_record("degraded",
                         std::to_string(lost) + " worker(s) ended, and no task was lost with them: " +
                             "what was timed is a smaller pool",
                         record.said);
  return record;
}

}  // namespace

std::optional<double> line_ns_of(const Json& covariates) {
  double sum = 0;
  int count = 0;
  for (const char* name : {"line_before_ns", "line_after_ns"}) {
    const auto found = covariates.find(name);
    if (found == covariates.end() || !found->is_number() || found->get<double>() <= 0) continue;
    sum += std::log(found->get<double>());
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(std::exp(sum / count));
}

Record failed_record(std::string kind, std::string reason, Json said) {
  Record record{.failure_kind = std::move(kind), .reason = std::move(reason), .said = std::move(said)};
  for (const char* key : {"protocol", "failure_kind", "reason"}) record.said.erase(key);
  if (!record.said.contains("covariates")) record.said["covariates"] = Json::object();
  return record;
}

Measured measured_of(const Json& said) {
  return {.iterations = said.at("iterations"),
          .batch = said.at("batch"),
          .real_time_ns = said.at("real_time_ns"),
          .timed_s = said.at("timed_s"),
          .warmup_s = said.at("warmup_s"),
          .digest = said.at("digest"),
          .line_ns = line_ns_of(said.at("covariates")),
          .set_aside = said.contains("set_aside") && !said.at("set_aside").is_null()};
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
          {"sampling", to_json(request.sampling)},
          {"cpus", request.cpus},
          {"pages", to_string(request.pages)},
          {"spans", request.spans},
          {"counters", request.counters}};
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
  if (const Json* rules = reader.find("sampling"))
    request.sampling = sampling_from_json(*rules, "request: sampling");
  request.cpus = cpus_from_json(reader);
  if (request.c.is_pinned() && request.cpus.empty())
    reader.fail("cpus", "is missing: a pinned case says which CPUs its workers get");
  if (reader.has("pages")) request.pages = reader.word("pages", parse_word<Pages>);
  request.spans = reader.boolean("spans", false);
  request.counters = reader.boolean("counters", false);
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
  Json json = record.said;
  json["protocol"] = kProtocol;
  if (!record.ok()) {
    json["failure_kind"] = record.failure_kind;
    json["reason"] = record.reason;
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
