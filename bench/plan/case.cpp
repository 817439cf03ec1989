#include "bench/plan/case.h"

#include <cmath>
#include <cstdio>

#include "backends/contract/error.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

std::string to_string(Dispatch dispatch) { return dispatch == Dispatch::kSubmit ? "submit" : "map"; }

std::string to_string(Pin pin) {
  switch (pin) {
    case Pin::kCompact:
      return "compact";
    case Pin::kSpread:
      return "spread";
    case Pin::kNone:
      break;
  }
  return "none";
}

Dispatch parse_dispatch(const std::string& word) {
  if (word == "submit") return Dispatch::kSubmit;
  if (word == "map") return Dispatch::kMap;
  throw UsageError(unknown_word("dispatch", word, {"submit", "map"}));
}

Pin parse_pin(const std::string& word) {
  if (word == "none") return Pin::kNone;
  if (word == "compact") return Pin::kCompact;
  if (word == "spread") return Pin::kSpread;
  throw UsageError(unknown_word("pin", word, {"none", "compact", "spread"}));
}

std::string to_string(PoolState pool) {
  switch (pool) {
    case PoolState::kCold:
      return "cold";
    case PoolState::kRested:
      return "rested";
    case PoolState::kWarm:
      break;
  }
  return "warm";
}

PoolState parse_pool(const std::string& word) {
  if (word == "cold") return PoolState::kCold;
  if (word == "rested") return PoolState::kRested;
  if (word == "warm") return PoolState::kWarm;
  throw UsageError(unknown_word("pool", word, {"warm", "cold", "rested"}));
}

std::string Case::shape_name() const {
  std::string text = workload + "/tasks=" + std::to_string(shape.tasks) +
                     "/in=" + format_bytes(shape.in_bytes) + "/out=" + format_bytes(shape.out_bytes);
  if (!cost_label.empty()) {
    text += "/cost=" + cost_label;
  } else if (shape.cost != 0) {
    text += "/cost=" + std::to_string(shape.cost);
  }
  if (shape.skew != 0) text += "/skew=" + short_number(shape.skew);
  if (shape.shared_bytes != 0) text += "/shared=" + format_bytes(shape.shared_bytes);
  if (weak) text += "/weak";
  return text;
}

std::string Case::name() const {
  std::string text =
      shape_name() + "/" + backend + "/workers=" + std::to_string(workers) + "/" + to_string(dispatch);
  if (chunk != 0) text += "/chunk=" + std::to_string(chunk);
  if (pool != PoolState::kWarm) text += "/" + to_string(pool);
  if (pin != Pin::kNone) text += "/pin=" + to_string(pin);
  return text;
}

Json to_json(const Case& c) {
  return {{"workload", c.workload},
          {"backend", c.backend},
          {"workers", c.workers},
          {"tasks", c.shape.tasks},
          {"in_bytes", c.shape.in_bytes},
          {"out_bytes", c.shape.out_bytes},
          {"cost", c.shape.cost},
          {"skew", c.shape.skew},
          {"dispatch", to_string(c.dispatch)},
          {"chunk", c.chunk == 0 ? Json("default") : Json(c.chunk)},
          {"pool", to_string(c.pool)},
          {"pin", to_string(c.pin)},
          {"shared_bytes", c.shape.shared_bytes},
          {"seed", c.shape.seed},
          {"scaling", c.weak ? "weak" : "strong"},
          {"cost_label", c.cost_label.empty() ? Json() : Json(c.cost_label)},
          {"cost_ns", c.cost_ns ? Json(*c.cost_ns) : Json()}};
}

Case case_from_json(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  Case c;
  c.workload = reader.string("workload");
  c.backend = reader.string("backend");
  c.workers = static_cast<unsigned>(reader.integer_within("workers", 1, kMaxWorkers));
  c.shape.tasks = reader.integer_within("tasks", 0, kMaxTasks);
  c.shape.in_bytes = reader.integer_within("in_bytes", 0, kMaxBytes);
  c.shape.out_bytes = reader.integer_within("out_bytes", 0, kMaxBytes);
  c.shape.cost = reader.integer("cost");
  c.shape.skew = reader.number("skew");
  if (!(c.shape.skew >= 0 && c.shape.skew <= kMaxSkew)) reader.fail("skew", "expected 0 to 8");
  c.dispatch = reader.word("dispatch", parse_dispatch);
  if (const Json& chunk = reader.raw("chunk"); chunk != "default")
    c.chunk = reader.integer_within("chunk", 1, kMaxTasks);
  c.pool = reader.word("pool", parse_pool);
  c.pin = reader.word("pin", parse_pin);
  c.shape.shared_bytes = reader.integer("shared_bytes", 0);
  c.shape.seed = reader.integer("seed", 1);
  const auto scaling = reader.string("scaling", "strong");
  if (scaling != "strong" && scaling != "weak")
    reader.fail("scaling", unknown_word("scaling", scaling, {"strong", "weak"}));
  c.weak = scaling == "weak";
  c.cost_label = reader.string("cost_label", "");
  if (reader.has("cost_ns")) c.cost_ns = reader.number("cost_ns");
  return c;
}

}  // namespace breakeven
