#include "bench/plan/suite.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "backends/contract/error.h"
#include "bench/installation/home.h"
#include "bench/plan/axes.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;

std::string axis_text(const Json& value, const JsonReader& reader, const std::string& key) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_unsigned() || (value.is_number_float() && value.get<double>() >= 0))
    return value.dump();
  reader.fail(key, "expected a number or a string, found " + excerpt(value));
}

std::vector<std::string> axis_from_json(const Json& value, const JsonReader& reader, const std::string& key) {
  std::vector<std::string> texts;
  if (value.is_array()) {
    for (const auto& item : value) texts.push_back(axis_text(item, reader, key));
    if (texts.empty()) reader.fail(key, "the list is empty; leave the key out for its default");
  } else {
    texts.push_back(axis_text(value, reader, key));
  }
  return texts;
}

unsigned rounds_from_json(JsonReader& reader, unsigned fallback) {
  if (!reader.find("rounds")) return fallback;
  return static_cast<unsigned>(reader.integer_within("rounds", 1, 100'000));
}

Timing timing_from_json(JsonReader& reader, const Timing& fallback) {
  Timing timing = fallback;
  if (reader.find("min_time_s")) timing.min_time_s = reader.number_within("min_time_s", 0, 60);
  timing.completion = reader.boolean("completion", fallback.completion);
  if (reader.find("min_iterations"))
    timing.min_iterations = reader.integer_within("min_iterations", 1, kMaxIterations);
  return timing;
}

Grid grid_from_json(const Json& json, const std::string& where, const Timing& fallback) {
  JsonReader reader(json, where);
  Grid grid;
  grid.where = where;
  for (const auto* axis : axes()) {
    const auto& key = axis->suite_key();
    if (const Json* value = reader.find(key)) grid.axes[axis->name] = axis_from_json(*value, reader, key);
  }
  grid.timing = timing_from_json(reader, fallback);
  grid.ceiling = reader.boolean("ceiling", true);
  grid.rounds = rounds_from_json(reader, 0);
  grid.comment = reader.string("comment", "");
  reader.refuse_unknown_keys();
  if (!grid.axes.contains("workload")) reader.fail("workload", "is missing");
  // What a cell of another language brings says itself how many tasks there are.
  const bool outside = std::ranges::all_of(grid.axes.at("workload"), [](const std::string& name) {
    return name.find('/') != std::string::npos && !WorkloadRegistry::instance().find(name);
  });
  const bool strong = grid.axes.contains("tasks"), weak = grid.axes.contains("tasks_per_worker");
  if (strong == weak && (strong || !outside)) {
    reader.fail("tasks", "give either tasks (strong scaling) or tasks_per_worker (weak scaling)");
  }
  if (grid.axes.contains("payload") && (grid.axes.contains("in_bytes") || grid.axes.contains("out_bytes"))) {
    reader.fail("payload", "sets in_bytes and out_bytes together; give either it or them");
  }
  return grid;
}

std::string suite_path(const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".json")) return name;
  const auto path = home("suites") / (name + ".json");
  if (std::error_code error; !fs::exists(path, error))  // or no file can have that name
    throw UsageError(unknown_word("suite", name, installed_suites()));
  return path;
}

Suite load(const std::string& name, std::set<std::string>& open);

Suite parse(const std::string& text, const std::string& where, std::set<std::string>& open) {
  const Json json = parse_json(text, where);
  JsonReader reader(json, where + ":");
  Suite suite;
  suite.name = reader.string("suite");
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
  if (suite.name.empty() || suite.name.front() == '.' || !std::ranges::all_of(suite.name, is_plain)) {
    reader.fail("suite", "a name has letters, digits, -, _ and . only, since a folder is named after it");
  }
  suite.description = reader.string("description", "");
  suite.rounds = rounds_from_json(reader, suite.rounds);
  suite.precision = reader.number("precision", 0);
  if (!(suite.precision >= 0 && suite.precision < 1))
    reader.fail("precision", "expected a fraction such as 0.02");
  if (reader.find("deadline_s"))
    suite.deadline_s = reader.number_within("deadline_s", 1e-3, kMaxDeadlineSeconds);
  if (reader.find("budget_s")) suite.budget_s = reader.number_within("budget_s", 0, 1e7);
  suite.seed = reader.integer("seed", suite.seed);
  suite.counters = reader.boolean("counters", false);
  if (const Json* rules = reader.find("set_aside"))
    suite.set_aside = set_aside_rules(*rules, reader.path("set_aside"));
  const Timing timing = timing_from_json(reader, Timing{});
  if (reader.has("include")) {
    for (const auto& name : reader.strings("include")) {
      auto grids = load(name, open).grids;
      suite.grids.insert(suite.grids.end(), grids.begin(), grids.end());
    }
  }
  if (const Json* grids = reader.find("grids")) {
    if (!grids->is_array()) reader.fail("grids", "expected a list, found " + excerpt(*grids));
    for (std::size_t i = 0; i < grids->size(); ++i) {
      suite.grids.push_back(
          grid_from_json((*grids)[i], where + ": grids[" + std::to_string(i) + "]", timing));
    }
  }
  reader.refuse_unknown_keys();
  if (suite.grids.empty()) reader.fail("grids", "the suite has no grid and includes none");
  return suite;
}

Suite load(const std::string& name, std::set<std::string>& open) {
  const auto path = suite_path(name);
  std::error_code error;
  const auto identity = fs::weakly_canonical(path, error).string();
  if (error) throw UsageError(path + ": cannot be read: " + error.message());
  if (!open.insert(identity).second) throw UsageError(path + ": include: the suite includes itself");
  auto suite = parse(read_text_file(path), path, open);
  open.erase(identity);
  return suite;
}

}  // namespace

Suite parse_suite(const std::string& text, const std::string& where) {
  std::set<std::string> open;
  return parse(text, where, open);
}

Suite load_suite(const std::string& name) {
  std::set<std::string> open;
  return load(name, open);
}

std::vector<std::string> installed_suites() {
  std::vector<std::string> names;
  for (const auto& file : home_files("suites")) names.push_back(file.stem());
  return names;
}

void override_axis(Suite& suite, const std::string& assignment) {
  const auto equals = assignment.find('=');
  const auto axis = assignment.substr(0, equals);
  std::vector<std::string> known;
  for (const auto* each : axes()) known.push_back(each->name);
  if (std::ranges::find(known, axis) == known.end()) throw UsageError(unknown_word("axis", axis, known));
  if (equals == std::string::npos || equals + 1 == assignment.size()) {
    throw UsageError("--axis " + assignment + ": has no values; write for example --axis workers=1,2,4");
  }
  std::vector<std::string> values;
  for (std::size_t at = equals + 1; at <= assignment.size();) {
    const auto end = std::min(assignment.find(',', at), assignment.size());
    const auto part = assignment.substr(at, end - at);
    // A comma also stands inside a backend's own options: "openmp,schedule=dynamic" is one value.
    if (axis == "backend" && !values.empty() && part.find('=') != std::string::npos) {
      values.back() += "," + part;
    } else {
      values.push_back(part);
    }
    at = end + 1;
  }
  for (auto& grid : suite.grids) {
    if (axis == "tasks") grid.axes.erase("tasks_per_worker");
    if (axis == "tasks_per_worker") grid.axes.erase("tasks");
    if (axis == "in_bytes" || axis == "out_bytes") {
      if (grid.axes.contains("payload")) {
        throw UsageError("--axis " + axis + ": " + grid.where +
                         " sets both sizes by payload; use --axis payload=IN:OUT");
      }
    }
    if (axis == "payload") grid.axes.erase("in_bytes"), grid.axes.erase("out_bytes");
    grid.axes[axis] = values;
    grid.flags[axis] = "--axis " + axis;
  }
}

}  // namespace breakeven
