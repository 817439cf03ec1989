#include "bench/plan/launch.h"

#include <algorithm>
#include <csignal>

#include "backends/contract/error.h"
#include "bench/plan/axes.h"
#include "bench/plan/conditions.h"

namespace breakeven {
namespace {

const std::vector<std::string> kPlaces = {"{workers}",  "{ranks}",    "{nodes}",   "{hosts}", "{names}",
                                          "{hostfile}", "{per_node}", "{network}", "{agent}"};
const std::vector<std::string> kBesides = {"hosts"};  // what starts a command elsewhere: none, shell or slurm

using Values = std::map<std::string, std::string>;

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

unsigned ranks_of(const std::string& count, unsigned workers) {
  return workers + (count == "workers+1" ? 1 : 0);
}

std::string rank_count(JsonReader& reader, const std::string& key) {
  auto count = reader.string(key);
  if (count != "workers" && count != "workers+1")
    reader.fail(key, unknown_word("number of ranks", count, {"workers", "workers+1"}));
  return count;
}

Ruled<std::string> ranks_from_json(JsonReader& reader, const OptionSchema& options) {
  if (!reader.has("ranks")) return {{{{}, "workers"}}};
  const Json& found = reader.raw("ranks");
  if (!found.is_string() && (!found.is_array() || found.empty()))
    reader.fail("ranks", "expected workers, workers+1, or a list of rules, found " + excerpt(found));
  return ruled_from_json(
      reader, "ranks", options, {}, [&] { return rank_count(reader, "ranks"); },
      [](JsonReader& rule) { return rank_count(rule, "count"); });
}

// Refuses what stands in braces and is no place; {python} is the catalogue's.
void check_places(JsonReader& reader, const std::string& key, const std::string& word) {
  for (auto open = word.find('{'); open != std::string::npos; open = word.find('{', open + 1)) {
    const auto close = word.find('}', open);
    if (close == std::string::npos) return;
    const auto name = word.substr(open, close - open + 1);
    if (name != "{python}" && std::ranges::find(kPlaces, name) == kPlaces.end())
      reader.fail(key, unknown_word("place", name, kPlaces));
  }
}

std::string filled(std::string word, const Values& values) {
  for (const auto& [name, value] : values) {
    for (auto at = word.find(name); at != std::string::npos; at = word.find(name, at + value.size()))
      word.replace(at, name.size(), value);
  }
  return word;
}

// A word, or the value of a variable, that is nothing but a place without a value is left out.
bool is_without_value(const std::string& word, const Values& values) {
  const auto found = values.find(word);
  return found != values.end() && found->second.empty();
}

struct Template {
  std::vector<std::string> words;
  std::map<std::string, std::string> env;

  Launch with(const Values& values) const {
    Launch launch;
    for (const auto& word : words) {
      if (!is_without_value(word, values)) launch.words.push_back(filled(word, values));
    }
    for (const auto& [name, value] : env) {
      if (!is_without_value(value, values)) launch.env[name] = filled(value, values);
    }
    return launch;
  }
};

Template template_from_json(JsonReader& reader, const std::string& key, const Resolve& command) {
  Template made{.words = command(reader, key), .env = {}};
  for (const auto& word : made.words) check_places(reader, key, word);
  if (const Json* env = key == "launcher" ? nullptr : reader.find("env")) {
    JsonReader variables(*env, reader.path("env"));
    for (const auto& [name, value] : env->items()) {
      made.env[name] = variables.string(name);
      check_places(variables, name, made.env[name]);
    }
  }
  return made;
}

Values values_of(const Case& c, unsigned ranks, const Hosts& hosts) {
  Values values = {{"{workers}", std::to_string(c.workers)},
                   {"{ranks}", std::to_string(ranks)},
                   {"{nodes}", std::to_string(c.nodes)},
                   {"{hosts}", ""},
                   {"{names}", ""},
                   {"{hostfile}", ""},
                   {"{network}", hosts.network()},
                   {"{agent}", joined(hosts.agent(), " ")}};
  const auto spread = hosts.spread(c.workers, ranks, c.nodes);
  values["{per_node}"] = std::to_string(*std::ranges::max_element(spread));
  std::vector<std::string> counted, names;
  for (std::size_t i = 0; i < spread.size() && i < hosts.list().size(); ++i) {
    if (spread[i] == 0) continue;
    names.push_back(hosts.list()[i].name);
    counted.push_back(names.back() + ":" + std::to_string(spread[i]));
  }
  values["{hosts}"] = joined(counted, ",");
  values["{names}"] = joined(names, ",");
  if (hosts.any()) values["{hostfile}"] = hosts.host_file(spread);
  return values;
}

// What starts a case elsewhere counts only where a part of the case is there.
Json launch_fields(const Case& c, const Setup& setup, const Hosts& hosts) {
  Json fields = fields_of(c, setup);
  fields["hosts"] = to_string(c.nodes > 1 ? hosts.starter() : Starter::kNone);
  return fields;
}

}  // namespace

Launcher launcher_from_json(const LaunchKeys& keys, const OptionSchema& options, const Resolve& command) {
  const auto ranks = ranks_from_json(keys.ranks, options);
  if (!keys.launcher.has("launcher")) return {};
  const auto launcher = ruled_from_json(
      keys.launcher, "launcher", options, kBesides,
      [&] { return template_from_json(keys.launcher, "launcher", command); },
      [&](JsonReader& rule) { return template_from_json(rule, "words", command); });
  return [=](const Case& c, const Setup& setup, const Hosts& hosts) {
    const Json fields = launch_fields(c, setup, hosts);
    return launcher.of(fields).with(values_of(c, ranks_of(ranks.of(fields), c.workers), hosts));
  };
}

ClusterStarter cluster_from_json(const LaunchKeys& keys, const OptionSchema& options,
                                 const Resolve& command) {
  const Json* found = keys.session.find("session");
  if (!found) return {};
  constexpr double kLongestStart = 600;
  JsonReader reader(*found, keys.session.path("session"));
  const auto when = conditions_from_json(reader, "when", options);
  const auto start = template_from_json(reader, "start", command);
  ClusterStart plan{.launch = {},
                    .ready = reader.string("ready"),
                    .end = end_from_json(reader, "end", {.signal = SIGTERM, .grace_s = 5}),
                    .start_s = reader.number("start_s", 30)};
  if (plan.ready.empty()) reader.fail("ready", "is empty: say how the line begins that says it stands");
  if (!(plan.start_s > 0 && plan.start_s <= kLongestStart))
    reader.fail("start_s", "expected more than 0, at most 600");
  reader.refuse_unknown_keys();
  return [=](const Case& c, const Setup& setup, const Hosts& hosts) -> std::optional<ClusterStart> {
    if (!all_hold(when, fields_of(c, setup))) return std::nullopt;
    ClusterStart made = plan;
    made.launch = start.with(values_of(c, c.workers, hosts));
    return made;
  };
}

NodeLimit nodes_from_json(const LaunchKeys& keys, const OptionSchema& options) {
  if (!keys.nodes.has("nodes")) return [](const Case&, const Setup&) { return 1U; };
  const auto limit = [](JsonReader& reader, const std::string& key) {
    return static_cast<unsigned>(reader.integer_within(key, 1, kMaxNodes));
  };
  const auto limits = ruled_from_json(
      keys.nodes, "nodes", options, {}, [&] { return limit(keys.nodes, "nodes"); },
      [&](JsonReader& rule) { return limit(rule, "most"); });
  return [limits](const Case& c, const Setup& setup) { return limits.of(fields_of(c, setup)); };
}

EndRequest end_from_json(JsonReader& reader, const std::string& key, const EndRequest& fallback) {
  constexpr double kLongestGrace = 60;
  const Json* found = reader.find(key);
  if (!found) return fallback;
  JsonReader own(*found, reader.path(key));
  const std::map<std::string, int> signals = {{"SIGTERM", SIGTERM}, {"SIGINT", SIGINT}, {"SIGHUP", SIGHUP}};
  const auto name = own.string("signal");
  const auto signal = signals.find(name);
  if (signal == signals.end())
    own.fail("signal", unknown_word("signal", name, {"SIGTERM", "SIGINT", "SIGHUP"}));
  EndRequest end{.signal = signal->second, .grace_s = own.number("grace_s", 2)};
  if (!(end.grace_s >= 0 && end.grace_s <= kLongestGrace)) own.fail("grace_s", "expected 0 to 60 seconds");
  own.refuse_unknown_keys();
  return end;
}

}  // namespace breakeven
