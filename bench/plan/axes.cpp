#include "bench/plan/axes.h"

#include <algorithm>
#include <cctype>
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
template <class Owner, class Value>
auto at(Value Owner::*member) {
  return [member](auto& c) -> auto& {
    if constexpr (std::is_same_v<Owner, Shape>) {
      return c.shape.*member;
    } else {
      return c.*member;
    }
  };
}
template <class Place>
using ValueAt = std::remove_cvref_t<std::invoke_result_t<Place, Case&>>;

// A word of an enum, a text, or a whole number within limits.
template <class Place>
JsonForm json(Place place, std::uint64_t least = 0, std::uint64_t most = UINT64_MAX) {
  using Value = ValueAt<Place>;
  const auto read = [=](Case& c, JsonReader& reader, const std::string& name) {
    if constexpr (std::is_enum_v<Value>) {
      place(c) = reader.word(name, parse_word<Value>);
    } else if constexpr (std::is_same_v<Value, std::string>) {
      place(c) = reader.string(name);
    } else {
      place(c) = static_cast<Value>(reader.integer_within(name, least, most));
    }
  };
  if constexpr (std::is_enum_v<Value>) return {[place](const Case& c) { return to_string(place(c)); }, read};
  return {place, read};
}

JsonForm optional(JsonForm form) {
  form.required = false;
  return form;
}

// Setters of an axis.

template <class Place>
auto count(Place place, std::uint64_t most, const std::string& what) {
  return [=](Case& c, const std::string& text) {
    const auto value = at_most(parse_count(text), most, what);
    if (value == 0) throw UsageError("0 " + what + " are too few; at least 1");
    place(c) = static_cast<ValueAt<Place>>(value);
  };
}

template <class Place>
auto bytes(Place place, std::uint64_t most) {
  return [=](Case& c, const std::string& text) {
    place(c) = at_most(parse_bytes(text), most, "bytes in one task");
  };
}

template <class Place>
auto word(Place place) {
  return [place](Case& c, const std::string& text) { place(c) = parse_word<ValueAt<Place>>(text); };
}

// Parts of a name: "tasks=300", "pin=spread", "in=4KiB".

template <class Place>
auto labelled(const std::string& label, Place place) {
  using std::to_string;
  return [=](const Case& c) { return label + to_string(place(c)); };
}

template <class Place>
auto labelled_bytes(const std::string& label, Place place) {
  return [=](const Case& c) { return label + format_bytes(place(c)); };
}

// The text only where the value is not the default.
template <class Place, class Text>
auto unless_default(Place place, Text text) {
  return
      [=, standard = Case{}](const Case& c) { return place(c) == place(standard) ? std::string() : text(c); };
}

// What single axes have of their own.

void set_workload(Case& c, const std::string& text) {
  if (!find_workload(text)) {
    std::vector<std::string> names;
    for (const auto& known : WorkloadRegistry::instance().all()) names.push_back(known.name);
    for (const auto& family : WorkloadFamilies::instance().all()) names.push_back(family.name + "...");
    throw UsageError(unknown_word("workload", text, names));
  }
  c.workload = text;
}

void set_payload(Case& c, const std::string& text) {
  const auto colon = text.find(':');
  bytes(at(&Shape::in_bytes), kMaxBytes)(c, text.substr(0, colon));
  bytes(at(&Shape::out_bytes), kMaxBytes)(c, colon == std::string::npos ? text : text.substr(colon + 1));
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

// "4", "cores", "2*cores", "cores/2", but at least 2, "slots": as many as the hosts of the case have, or "doubling": 1, 2, 4, ...
// up to twice the cores, and at least to 4.
std::vector<std::string> worker_counts(const std::string& text, const Catalogue& /*unused*/, unsigned cores) {
  if (text == "cores") return {std::to_string(cores)};
  if (text == "cores/2") return {std::to_string(std::max(cores / 2, 2U))};
  if (text.ends_with("*cores")) {
    const auto factor = at_most(parse_count(text.substr(0, text.size() - 6)), kMaxWorkers, "workers");
    return {std::to_string(factor * cores)};
  }
  if (text != "doubling" && text != "slots" && !text.empty() &&
      std::isalpha(static_cast<unsigned char>(text[0])) != 0)
    throw UsageError("\"" + text +
                     "\" is no number of workers; write a count, cores, 2*cores, cores/2, doubling or slots");
  if (text != "doubling") return {text};
  std::set<unsigned> counts = {cores};
  for (unsigned n = 1; n <= std::max(4u, 2 * cores); n *= 2) counts.insert(n);
  std::vector<std::string> texts;
  std::ranges::transform(counts, std::back_inserter(texts), [](unsigned n) { return std::to_string(n); });
  return texts;
}

constexpr unsigned kAllSlots = 0;  // of workers, until the hosts of the case are known

void set_workers(Case& c, const std::string& text) {
  c.workers = kAllSlots;
  if (text != "slots") count(at(&Case::workers), kMaxWorkers, "workers")(c, text);
}

// A count, "all", or "doubling": 1, 2, 4, ... and all. Each with the slots of so many hosts: "2:16".
std::vector<std::string> node_counts(const std::string& text, const Catalogue& catalogue,
                                     unsigned /*cores*/) {
  const Hosts& hosts = catalogue.hosts();
  std::set<unsigned> counts;
  if (text == "all" || text == "doubling") counts.insert(hosts.count());
  if (text == "doubling") {
    for (unsigned n = 1; n < hosts.count(); n *= 2) counts.insert(n);
  }
  if (counts.empty()) counts.insert(static_cast<unsigned>(at_most(parse_count(text), kMaxNodes, "nodes")));
  std::vector<std::string> texts;
  texts.reserve(counts.size());
  for (const auto n : counts) texts.push_back(std::to_string(n) + ":" + std::to_string(hosts.slots(n)));
  return texts;
}

void set_nodes(Case& c, const std::string& text) {
  const auto colon = text.find(':');
  count(at(&Case::nodes), kMaxNodes, "nodes")(c, text.substr(0, colon));
  if (c.workers == kAllSlots)
    c.workers = static_cast<unsigned>(at_most(parse_count(text.substr(colon + 1)), kMaxWorkers, "workers"));
}

void set_tasks_per_worker(Case& c, const std::string& text) {
  count(at(&Shape::tasks), kMaxTasks, "tasks")(c, text);
  c.shape.tasks = at_most(c.shape.tasks * c.workers, kMaxTasks, "tasks");
  c.scaling = Scaling::kWeak;
}

void set_chunk(Case& c, const std::string& text) {
  if (text != "default") count(at(&Case::chunk), kMaxTasks, "tasks in a chunk")(c, text);
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

// A cost needs its workload, and tasks_per_worker the workers, which may need the nodes: those stand before them. The columns are those
// of CaseField: the name, JSON, the place and the text in names, and the axis.
std::vector<CaseField> table() {
  const auto workload = at(&Case::workload), backend = at(&Case::backend), cost_label = at(&Case::cost_label);
  const auto in = at(&Shape::in_bytes), out = at(&Shape::out_bytes), shared = at(&Shape::shared_bytes);
  const auto tasks = at(&Shape::tasks);
  const auto workers = at(&Case::workers), nodes = at(&Case::nodes);
  const auto chunk = at(&Case::chunk);
  const auto skew = at(&Shape::skew);
  const auto pin = at(&Case::pin);
  const auto pages = at(&Case::pages);
  const auto pool = at(&Case::pool);
  const auto dispatch = at(&Case::dispatch);
  const auto scaling = at(&Case::scaling);
  const auto shape = [](int place) { return kShapePlace + place; };
  const auto way = [](int place) { return kWayPlace + place; };
  return {
      {"workload", json(workload), {shape(0), workload}, {set_workload}},
      {"payload", {}, {}, {set_payload}},
      {"in_bytes", json(in, 0, kMaxBytes), {shape(2), labelled_bytes("in=", in)}, {bytes(in, kMaxBytes)}},
      {"out_bytes",
       json(out, 0, kMaxBytes),
       {shape(3), labelled_bytes("out=", out)},
       {bytes(out, kMaxBytes)}},
      {"cost", json(at(&Shape::cost)), {shape(4), cost_text}, {set_cost}},
      {"skew", {skew, read_skew}, {shape(5), unless_default(skew, skew_text)}, {set_skew}},
      {"shared_bytes",
       optional(json(shared)),
       {shape(6), unless_default(shared, labelled_bytes("shared=", shared))},
       {bytes(shared, UINT64_MAX)}},
      {"pages",
       optional(json(pages)),
       {shape(8), unless_default(pages, labelled("pages=", pages))},
       {word(pages)}},
      {"workers",
       json(workers, 1, kMaxWorkers),
       {kBackendPlace + 1, labelled("workers=", workers)},
       {set_workers, "", "cores", worker_counts}},
      {"nodes",
       optional(json(nodes, 1, kMaxNodes)),
       {way(4), unless_default(nodes, labelled("nodes=", nodes))},
       {set_nodes, "", "1", node_counts}},
      {"tasks",
       json(tasks, 0, kMaxTasks),
       {shape(1), labelled("tasks=", tasks)},
       {count(tasks, kMaxTasks, "tasks")}},
      {"tasks_per_worker", {}, {}, {set_tasks_per_worker}},
      {"pin", json(pin), {way(3), unless_default(pin, labelled("pin=", pin))}, {word(pin)}},
      {"pool", json(pool), {way(2), unless_default(pool, labelled("", pool))}, {word(pool)}},
      {"dispatch", json(dispatch), {way(0), labelled("", dispatch)}, {word(dispatch)}},
      {"chunk",
       {write_chunk, read_chunk},
       {way(1), unless_default(chunk, labelled("chunk=", chunk))},
       {set_chunk}},
      {"backend", json(backend), {kBackendPlace, backend}, {set_backend, "backends", "all", backends_of}},
      {"scaling", optional(json(scaling)), {shape(7), unless_default(scaling, labelled("", scaling))}},
      {"seed", optional(json(at(&Shape::seed)))},
      {"cost_label", optional({write_cost_label, json(cost_label).read})},
      {"cost_ns", optional({write_cost_ns, read_cost_ns})},
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
