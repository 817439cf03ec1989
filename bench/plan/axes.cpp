#include "bench/plan/axes.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>
#include <type_traits>

#include "bench/plan/catalogue.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

using JsonForm = CaseField::JsonForm;
using NamePart = CaseField::NamePart;
using Axis = CaseField::Axis;

constexpr double kMaxSkew = 8;

// Where a field's value lies in a case, to be read and to be written.
template <class Value>
auto at(Value Case::*member) {
  return [member](auto& c) -> auto& { return c.*member; };
}
template <class Value>
auto at(Value Shape::*member) {
  return [member](auto& c) -> auto& { return c.shape.*member; };
}
template <class Place>
using ValueAt = std::remove_cvref_t<std::invoke_result_t<Place, Case&>>;

// JSON, by the kind of value.

template <class Place>
JsonForm text_form(Place place) {
  return {.write = place, .read = [place](Case& c, JsonReader& reader, const std::string& name) {
            place(c) = reader.string(name);
          }};
}

template <class Place>
JsonForm whole_form(Place place, std::uint64_t least = 0, std::uint64_t most = UINT64_MAX) {
  return {.write = place, .read = [=](Case& c, JsonReader& reader, const std::string& name) {
            place(c) = static_cast<ValueAt<Place>>(reader.integer_within(name, least, most));
          }};
}

template <class Place>
JsonForm word_form(Place place) {
  return {
      .write = [place](const Case& c) { return to_string(place(c)); },
      .read = [place](Case& c, JsonReader& reader,
                      const std::string& name) { place(c) = reader.word(name, parse_word<ValueAt<Place>>); }};
}

JsonForm optional(JsonForm form) {
  form.required = false;
  return form;
}

// The values of an axis, by their kind.

template <class Place>
auto set_count(Place place, std::uint64_t most, const std::string& what) {
  return [=](Case& c, const std::string& text) {
    const auto count = at_most(parse_count(text), most, what);
    if (count == 0) throw UsageError("0 " + what + " are too few; at least 1");
    place(c) = static_cast<ValueAt<Place>>(count);
  };
}

template <class Place>
auto set_bytes(Place place, std::uint64_t most) {
  return [=](Case& c, const std::string& text) {
    place(c) = at_most(parse_bytes(text), most, "bytes in one task");
  };
}

template <class Place>
auto set_word(Place place) {
  return [place](Case& c, const std::string& text) { place(c) = parse_word<ValueAt<Place>>(text); };
}

// Parts of a name: "in=4KiB", "tasks=300", "pin=spread".

template <class Place>
auto bytes_text(const std::string& label, Place place) {
  return [=](const Case& c) { return label + format_bytes(place(c)); };
}

template <class Place>
auto count_text(const std::string& label, Place place) {
  return [=](const Case& c) { return label + std::to_string(place(c)); };
}

template <class Place>
auto word_text(const std::string& label, Place place) {
  return [=](const Case& c) { return label + to_string(place(c)); };
}

// The text only where the value is not the default.
template <class Place, class Text>
auto unless_default(Place place, Text text) {
  return
      [=, standard = Case{}](const Case& c) { return place(c) == place(standard) ? std::string() : text(c); };
}

// What single axes have of their own.

void set_workload(Case& c, const std::string& text) {
  if (!WorkloadRegistry::instance().find(text)) {
    std::vector<std::string> names;
    for (const auto& known : WorkloadRegistry::instance().all()) names.push_back(known.name);
    throw UsageError(unknown_word("workload", text, names));
  }
  c.workload = text;
}

void set_payload(Case& c, const std::string& text) {
  const auto colon = text.find(':');
  set_bytes(at(&Shape::in_bytes), kMaxBytes)(c, text.substr(0, colon));
  set_bytes(at(&Shape::out_bytes), kMaxBytes)(c, colon == std::string::npos ? text : text.substr(colon + 1));
}

// A plain number is kernel units; anything with a unit is a time, resolved once per run.
void set_cost(Case& c, const std::string& text) {
  if (text.find_first_not_of("0123456789") == std::string::npos) {
    c.shape.cost = parse_count(text);
    return;
  }
  if (const double seconds = parse_seconds(text); seconds <= 0 || seconds > 60)
    throw UsageError("\"" + text + "\" is not a time for one task; more than 0, at most 60s");
  if (!WorkloadRegistry::instance().find(c.workload)->has_cost)
    throw UsageError(c.workload + "'s cost is not a time; give kernel units or leave it out");
  c.shape.cost = 1;  // until it is measured
  c.cost_label = text;
}

std::string cost_text(const Case& c) {
  if (!c.cost_label.empty()) return "cost=" + c.cost_label;
  return c.shape.cost == 0 ? "" : "cost=" + std::to_string(c.shape.cost);
}

void set_skew(Case& c, const std::string& text) {
  c.shape.skew = parse_fraction(text);
  if (c.shape.skew > kMaxSkew) throw UsageError(text + " is too much skew; at most 8");
}

void read_skew(Case& c, JsonReader& reader, const std::string& name) {
  c.shape.skew = reader.number_within(name, 0, kMaxSkew);
}

std::string skew_text(const Case& c) {
  char text[32];
  std::snprintf(text, sizeof text, "skew=%g", c.shape.skew);
  return text;
}

// "4", "cores", "2*cores", or "doubling": 1, 2, 4, ... up to twice the cores, and at least to 4.
std::vector<std::string> worker_counts(const std::string& text, const Catalogue& /*unused*/, unsigned cores) {
  if (text == "cores") return {std::to_string(cores)};
  if (text.ends_with("*cores")) {
    const auto factor = at_most(parse_count(text.substr(0, text.size() - 6)), kMaxWorkers, "workers");
    return {std::to_string(factor * cores)};
  }
  if (text != "doubling") return {text};
  std::set<unsigned> counts = {cores};
  for (unsigned n = 1; n <= std::max(4u, 2 * cores); n *= 2) counts.insert(n);
  std::vector<std::string> texts;
  std::ranges::transform(counts, std::back_inserter(texts), [](unsigned n) { return std::to_string(n); });
  return texts;
}

void set_tasks_per_worker(Case& c, const std::string& text) {
  set_count(at(&Shape::tasks), kMaxTasks, "tasks")(c, text);
  c.shape.tasks = at_most(c.shape.tasks * c.workers, kMaxTasks, "tasks");
  c.scaling = Scaling::kWeak;
}

void set_chunk(Case& c, const std::string& text) {
  if (text != "default") set_count(at(&Case::chunk), kMaxTasks, "tasks in a chunk")(c, text);
}

Json write_chunk(const Case& c) { return c.chunk == 0 ? Json("default") : Json(c.chunk); }

void read_chunk(Case& c, JsonReader& reader, const std::string& name) {
  if (reader.raw(name) != "default") c.chunk = reader.integer_within(name, 1, kMaxTasks);
}

std::vector<std::string> backends_of(const std::string& text, const Catalogue& catalogue,
                                     unsigned /*cores*/) {
  std::vector<std::string> names;
  for (const auto& spec : text == "all" ? catalogue.all_variants() : std::vector<std::string>{text})
    names.push_back(catalogue.resolve(spec).canonical);
  return names;
}

void set_backend(Case& c, const std::string& canonical) { c.backend = canonical; }

Json write_cost_label(const Case& c) { return c.cost_label.empty() ? Json() : Json(c.cost_label); }
Json write_cost_ns(const Case& c) { return c.cost_ns ? Json(*c.cost_ns) : Json(); }
void read_cost_ns(Case& c, JsonReader& reader, const std::string& name) { c.cost_ns = reader.number(name); }

// A cost needs its workload, and tasks_per_worker the workers: those stand before them.
std::vector<CaseField> table() {
  const auto workload = at(&Case::workload), backend = at(&Case::backend), cost_label = at(&Case::cost_label);
  const auto in = at(&Shape::in_bytes), out = at(&Shape::out_bytes), shared = at(&Shape::shared_bytes);
  const auto skew = at(&Shape::skew);
  const auto workers = at(&Case::workers);
  const auto tasks = at(&Shape::tasks);
  const auto pin = at(&Case::pin);
  const auto pool = at(&Case::pool);
  const auto dispatch = at(&Case::dispatch);
  const auto chunk = at(&Case::chunk);
  const auto scaling = at(&Case::scaling);
  return {
      {.name = "workload",
       .json = text_form(workload),
       .part = {kShapePlace, workload},
       .axis = {.set = set_workload}},
      {.name = "payload", .axis = {.set = set_payload}},
      {.name = "in_bytes",
       .json = whole_form(in, 0, kMaxBytes),
       .part = {kShapePlace + 2, bytes_text("in=", in)},
       .axis = {.set = set_bytes(in, kMaxBytes)}},
      {.name = "out_bytes",
       .json = whole_form(out, 0, kMaxBytes),
       .part = {kShapePlace + 3, bytes_text("out=", out)},
       .axis = {.set = set_bytes(out, kMaxBytes)}},
      {.name = "cost",
       .json = whole_form(at(&Shape::cost)),
       .part = {kShapePlace + 4, cost_text},
       .axis = {.set = set_cost}},
      {.name = "skew",
       .json = {.write = skew, .read = read_skew},
       .part = {kShapePlace + 5, unless_default(skew, skew_text)},
       .axis = {.set = set_skew}},
      {.name = "shared_bytes",
       .json = optional(whole_form(shared)),
       .part = {kShapePlace + 6, unless_default(shared, bytes_text("shared=", shared))},
       .axis = {.set = set_bytes(shared, UINT64_MAX)}},
      {.name = "workers",
       .json = whole_form(workers, 1, kMaxWorkers),
       .part = {kBackendPlace + 1, count_text("workers=", workers)},
       .axis = {.set = set_count(workers, kMaxWorkers, "workers"),
                .fallback = "cores",
                .values = worker_counts}},
      {.name = "tasks",
       .json = whole_form(tasks, 0, kMaxTasks),
       .part = {kShapePlace + 1, count_text("tasks=", tasks)},
       .axis = {.set = set_count(tasks, kMaxTasks, "tasks")}},
      {.name = "tasks_per_worker", .axis = {.set = set_tasks_per_worker}},
      {.name = "pin",
       .json = word_form(pin),
       .part = {kWayPlace + 3, unless_default(pin, word_text("pin=", pin))},
       .axis = {.set = set_word(pin)}},
      {.name = "pool",
       .json = word_form(pool),
       .part = {kWayPlace + 2, unless_default(pool, word_text("", pool))},
       .axis = {.set = set_word(pool)}},
      {.name = "dispatch",
       .json = word_form(dispatch),
       .part = {kWayPlace, word_text("", dispatch)},
       .axis = {.set = set_word(dispatch)}},
      {.name = "chunk",
       .json = {.write = write_chunk, .read = read_chunk},
       .part = {kWayPlace + 1, unless_default(chunk, count_text("chunk=", chunk))},
       .axis = {.set = set_chunk}},
      {.name = "backend",
       .json = text_form(backend),
       .part = {kBackendPlace, backend},
       .axis = {.set = set_backend, .suite_key = "backends", .fallback = "all", .values = backends_of}},
      {.name = "scaling",
       .json = optional(word_form(scaling)),
       .part = {kShapePlace + 7, unless_default(scaling, word_text("", scaling))}},
      {.name = "seed", .json = optional(whole_form(at(&Shape::seed)))},
      {.name = "cost_label",
       .json = optional({.write = write_cost_label, .read = text_form(cost_label).read})},
      {.name = "cost_ns", .json = optional({.write = write_cost_ns, .read = read_cost_ns})},
  };
}

}  // namespace

const std::vector<CaseField>& case_fields() {
  static const auto fields = table();
  return fields;
}

std::vector<const CaseField*> axes() {
  std::vector<const CaseField*> found;
  for (const auto& field : case_fields()) {
    if (field.axis.set) found.push_back(&field);
  }
  return found;
}

std::uint64_t at_most(std::uint64_t value, std::uint64_t most, const std::string& what) {
  if (value > most)
    throw UsageError(std::to_string(value) + " is too many " + what + "; at most " + std::to_string(most));
  return value;
}

}  // namespace breakeven
