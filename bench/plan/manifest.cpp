#include "bench/plan/manifest.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <filesystem>

#include "backends/contract/error.h"
#include "bench/installation/home.h"
#include "bench/plan/axes.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;

// A word that can stand in a backend's spelling, name/transport,key=value.
std::string plain_word(JsonReader& reader, const std::string& key) {
  auto word = reader.string(key);
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; };
  if (word.empty() || !std::ranges::all_of(word, is_plain))
    reader.fail(key, "expected letters, digits, _, - and . only, found " + excerpt(word));
  return word;
}

// A list of words, each of which must be one of `valid`.
std::vector<std::string> words_of(JsonReader& reader, const std::string& key, std::string_view kind,
                                  const std::vector<std::string>& valid) {
  auto words = reader.strings(key);
  for (const auto& word : words) {
    if (std::ranges::find(valid, word) == valid.end()) reader.fail(key, unknown_word(kind, word, valid));
  }
  return words;
}

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const auto& workload : WorkloadRegistry::instance().all()) names.push_back(workload.name);
  return names;
}

// What goes to another process ends at a NUL there.
void refuse_nul(JsonReader& reader, const std::string& key, const std::string& text) {
  if (text.find('\0') != std::string::npos) reader.fail(key, "holds a NUL, which no command can be given");
}

// An entry of a manifest, and the manifest's `defaults`, which say what the entry leaves out.
struct Entry {
  JsonReader own, defaults;

  // Where the key stands. Both are asked, so that neither takes it for an unknown one.
  JsonReader& of(const std::string& key) {
    const bool has_own = own.find(key) != nullptr, has_default = defaults.find(key) != nullptr;
    return has_default && !has_own ? defaults : own;
  }

  bool has(const std::string& key) { return of(key).has(key); }

  // Of two lists of objects the items of both, those of `defaults` first.
  template <class Read>
  auto items(const std::string& key, Read read) {
    std::vector<decltype(read(own))> items;
    for (JsonReader* reader : {&defaults, &own}) {
      const Json* list = reader->find(key);
      if (!list) continue;
      if (!list->is_array()) reader->fail(key, "expected a list [...], found " + excerpt(*list));
      for (std::size_t i = 0; i < list->size(); ++i) {
        JsonReader item((*list)[i], reader->path(key) + "[" + std::to_string(i) + "]");
        items.push_back(read(item));
        item.refuse_unknown_keys();
      }
    }
    return items;
  }

  void refuse_unknown_keys() const {
    own.refuse_unknown_keys();
    defaults.refuse_unknown_keys();
  }
};

Option option_from_json(JsonReader& reader) {
  Option option{plain_word(reader, "name"), reader.strings("values"), reader.string("help", "")};
  if (option.values.empty()) reader.fail("values", "an option needs at least its default");
  for (const auto& value : option.values) {
    if (value.find_first_of(",/") != std::string::npos) reader.fail("values", "a value has no , and no /");
  }
  return option;
}

// Relative paths in a manifest are relative to its folder, so that an installation can move.
std::string from_folder(const fs::path& folder, const std::string& word) {
  if (!word.starts_with("./") && !word.starts_with("../")) return word;
  return fs::absolute(folder / word).lexically_normal();
}

std::vector<std::string> command_from_json(JsonReader& reader, const std::string& key,
                                           const fs::path& folder) {
  auto command = reader.strings(key);
  if (command.empty() || command.front().empty()) reader.fail(key, "names no program");
  for (auto& word : command) {
    refuse_nul(reader, key, word);
    word = from_folder(folder, word);
  }
  return command;
}

std::map<std::string, std::string> env_from_json(JsonReader& reader, const fs::path& folder) {
  std::map<std::string, std::string> env;
  const Json* found = reader.find("env");
  if (!found) return env;
  JsonReader values(*found, reader.path("env"));
  for (const auto& [key, value] : found->items()) {
    if (key.empty() || key.find_first_of(std::string_view("=\0", 2)) != std::string::npos)
      reader.fail("env", excerpt(key) + " is not the name of a variable");
    env[key] = from_folder(folder, values.string(key));
    refuse_nul(values, key, env[key]);
  }
  return env;
}

// Fields of a case, or options of the backend, with the values they may have.
using Conditions = std::map<std::string, std::vector<Json>>;

struct SkipRule {
  Conditions when, unless;
  std::string reason;
};

Conditions conditions_from_json(JsonReader& reader, const std::string& key, const OptionSchema& options) {
  Conditions conditions;
  const Json* found = reader.find(key);
  if (!found) return conditions;
  if (!found->is_object()) reader.fail(key, "expected an object {...}, found " + excerpt(*found));
  std::vector<std::string> known;
  const Json fields = to_json(Case{});
  for (const auto& [field, value] : fields.items()) known.push_back(field);
  for (const auto& option : options) known.push_back(option.name);
  for (const auto& [name, value] : found->items()) {
    if (std::ranges::find(known, name) == known.end())
      throw UsageError(reader.path(key) + ": " + unknown_word("field", name, known));
    conditions[name] = value.is_array() ? value.get<std::vector<Json>>() : std::vector<Json>{value};
  }
  return conditions;
}

SkipRule rule_from_json(JsonReader& reader, const OptionSchema& options) {
  return {.when = conditions_from_json(reader, "when", options),
          .unless = conditions_from_json(reader, "unless", options),
          .reason = reader.string("reason")};
}

bool all_hold(const Conditions& conditions, const Json& fields) {
  return std::ranges::all_of(conditions, [&](const auto& condition) {
    return std::ranges::find(condition.second, fields.at(condition.first)) != condition.second.end();
  });
}

Abilities abilities_from_json(JsonReader& reader) {
  Abilities can;
  const Json* found = reader.find("can");
  if (!found) return can;
  JsonReader flags(*found, reader.path("can"));
  can = {.pin = flags.boolean("pin", true),
         .cold = flags.boolean("cold", true),
         .counters = flags.boolean("counters", true),
         .extra = flags.boolean("extra", true)};
  flags.refuse_unknown_keys();
  return can;
}

EndRequest end_from_json(JsonReader& reader) {
  constexpr double kLongestGrace = 60;
  const Json* found = reader.find("end");
  if (!found) return {};
  JsonReader own(*found, reader.path("end"));
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

// How many processes a launcher starts, by the first rule that holds.
struct RanksRule {
  Conditions when;
  std::string count;
};

unsigned ranks_of(const std::string& count, unsigned workers) {
  return workers + (count == "workers+1" ? 1 : 0);
}

std::string rank_count_from_json(JsonReader& reader, const std::string& key) {
  auto count = reader.string(key);
  if (count != "workers" && count != "workers+1")
    reader.fail(key, unknown_word("number of ranks", count, {"workers", "workers+1"}));
  return count;
}

std::vector<RanksRule> ranks_from_json(JsonReader& reader, const OptionSchema& options) {
  const Json* found = reader.find("ranks");
  if (!found) return {{{}, "workers"}};
  if (found->is_string()) return {{{}, rank_count_from_json(reader, "ranks")}};
  if (!found->is_array() || found->empty())
    reader.fail("ranks", "expected workers, workers+1, or a list of rules, found " + excerpt(*found));
  std::vector<RanksRule> rules;
  for (std::size_t i = 0; i < found->size(); ++i) {
    JsonReader item((*found)[i], reader.path("ranks") + "[" + std::to_string(i) + "]");
    rules.push_back({conditions_from_json(item, "when", options), rank_count_from_json(item, "count")});
    item.refuse_unknown_keys();
  }
  if (!rules.back().when.empty()) reader.fail("ranks", "the last rule must hold always, without `when`");
  return rules;
}

Json fields_of(const Case& c, const Setup& setup) {
  Json fields = to_json(c);
  for (const auto& [option, value] : setup.options) fields[option] = value;
  return fields;
}

bool applies(const SkipRule& rule, const Case& c, const Setup& setup) {
  const Json fields = fields_of(c, setup);
  return all_hold(rule.when, fields) && (rule.unless.empty() || !all_hold(rule.unless, fields));
}

std::string with_numbers(std::string word, const std::map<std::string, std::string>& numbers) {
  for (const auto& [name, number] : numbers) {
    if (const auto at = word.find(name); at != std::string::npos) word.replace(at, name.size(), number);
  }
  return word;
}

std::function<std::vector<std::string>(const Case&, const Setup&)> launcher_from_json(
    Entry& entry, const OptionSchema& options, const fs::path& folder) {
  const auto rules = ranks_from_json(entry.of("ranks"), options);
  if (!entry.has("launcher")) return {};
  const auto words = command_from_json(entry.of("launcher"), "launcher", folder);
  for (const auto& word : words) {
    const auto open = word.find('{'), close = word.find('}');
    const auto name = open < close ? word.substr(open, close - open + 1) : "";
    if (!name.empty() && name != "{workers}" && name != "{ranks}")
      entry.of("launcher").fail("launcher", unknown_word("place", name, {"{workers}", "{ranks}"}));
  }
  return [=](const Case& c, const Setup& setup) {
    const Json fields = fields_of(c, setup);
    const auto rule =
        std::ranges::find_if(rules, [&](const RanksRule& each) { return all_hold(each.when, fields); });
    const std::map<std::string, std::string> numbers = {
        {"{workers}", std::to_string(c.workers)},
        {"{ranks}", std::to_string(ranks_of(rule->count, c.workers))}};
    std::vector<std::string> filled;
    filled.reserve(words.size());
    for (const auto& word : words) filled.push_back(with_numbers(word, numbers));
    return filled;
  };
}

// Of workloads that a cell describes itself, such as "python/".
bool is_prefix(const std::string& workload) { return workload.ends_with('/'); }

bool has_prefix(const std::string& workload, const std::vector<std::string>& prefixes) {
  return std::ranges::any_of(prefixes, [&](const auto& prefix) {
    return workload.starts_with(prefix) && workload.size() > prefix.size();
  });
}

std::vector<std::string> prefixes_from_json(Entry& entry) {
  std::vector<std::string> prefixes;
  if (!entry.has("workloads")) return prefixes;
  std::ranges::copy_if(entry.of("workloads").strings("workloads"), std::back_inserter(prefixes), is_prefix);
  return prefixes;
}

auto judge_from_json(Entry& entry, const OptionSchema& options, const std::vector<std::string>& prefixes,
                     const Abilities& can) {
  const auto list = [&](const std::string& key, std::string_view kind,
                        const std::vector<std::string>& valid) {
    return entry.has(key) ? words_of(entry.of(key), key, kind, valid) : valid;
  };
  auto known = workload_names();
  known.insert(known.end(), prefixes.begin(), prefixes.end());
  const auto workloads = list("workloads", "workload", known);
  const auto dispatches = list("dispatch", "dispatch", all_words<Dispatch>());
  const auto max_workers = entry.has("max_workers")
                               ? entry.of("max_workers").integer_within("max_workers", 1, kMaxWorkers)
                               : kMaxWorkers;
  const auto rules =
      entry.items("skip", [&options](JsonReader& reader) { return rule_from_json(reader, options); });
  return [=](const Case& c, const Setup& setup) -> std::optional<std::string> {
    if (std::ranges::find(workloads, c.workload) == workloads.end() && !has_prefix(c.workload, prefixes))
      return "it has no workload " + c.workload;
    if (std::ranges::find(dispatches, to_string(setup.dispatch)) == dispatches.end())
      return "it has no dispatch " + to_string(setup.dispatch);
    if (setup.workers > max_workers) return "it takes at most " + std::to_string(max_workers) + " workers";
    if (c.is_pinned() && !can.pin) return "its cell binds no worker to a CPU (can.pin)";
    if (c.pool == PoolState::kCold && !can.cold) return "its cell has no cold pools (can.cold)";
    const auto rule =
        std::ranges::find_if(rules, [&](const SkipRule& each) { return applies(each, c, setup); });
    return rule == rules.end() ? std::nullopt : std::optional(rule->reason);
  };
}

auto traits_from_json(Entry& entry, const OptionSchema& schema, const fs::path& folder) {
  const auto flag = [&](const std::string& key) { return entry.of(key).boolean(key, false); };
  Traits fixed{.payload = Memory::kPrivate,
               .processes = flag("processes"),
               .caller_works = flag("caller_works"),
               .baseline = entry.of("baseline").string("baseline", "serial"),
               .env = env_from_json(entry.of("env"), folder)};
  OptionSchema shared;  // with the baseline
  if (const std::string key = "baseline_options"; entry.has(key)) {
    for (const auto& name : entry.of(key).strings(key)) {
      const auto option = std::ranges::find(schema, name, &Option::name);
      if (option == schema.end()) entry.of(key).fail(key, "there is no option " + name);
      shared.push_back(*option);
    }
  }
  return [fixed, shared](const Setup& setup) {
    Traits traits = fixed;
    traits.baseline = canonical_name(fixed.baseline, setup.options, shared);
    return traits;
  };
}

CatalogueEntry entry_from_json(Entry entry, const fs::path& folder) {
  CatalogueEntry made;
  made.name = plain_word(entry.own, "name");
  made.summary = entry.of("summary").string("summary", "");
  made.command = command_from_json(entry.of("command"), "command", folder);
  if (entry.has("probe")) made.probe = command_from_json(entry.of("probe"), "probe", folder);
  made.unavailable = entry.of("unavailable").string("unavailable", "");
  made.options = entry.items("options", option_from_json);
  for (const auto& option : made.options) {
    if (std::ranges::count(made.options, option.name, &Option::name) > 1)
      entry.own.fail("options", option.name + " is given twice, here or in `defaults`");
  }
  made.variants =
      entry.has("variants") ? entry.of("variants").strings("variants") : std::vector<std::string>{""};
  for (const auto& variant : made.variants) {
    try {
      parse_options(made.name, variant, made.options);
    } catch (const UsageError& error) {
      entry.of("variants").fail("variants", error.what());
    }
  }
  made.traits = traits_from_json(entry, made.options, folder);
  made.prefixes = prefixes_from_json(entry);
  made.can = abilities_from_json(entry.of("can"));
  made.end = end_from_json(entry.of("end"));
  made.launcher = launcher_from_json(entry, made.options, folder);
  made.unsupported = judge_from_json(entry, made.options, made.prefixes, made.can);
  entry.refuse_unknown_keys();
  return made;
}

}  // namespace

std::vector<CatalogueEntry> parse_manifest(const std::string& text, const std::string& path) {
  const Json json = parse_json(text, path);
  JsonReader reader(json, path + ":");
  if (reader.integer("breakeven_manifest") != 1)
    reader.fail("breakeven_manifest", "this program reads version 1");
  const Json none = Json::object();
  const Json* given = reader.find("defaults");
  const JsonReader defaults(given ? *given : none, reader.path("defaults"));
  const Json& backends = reader.raw("backends");
  reader.refuse_unknown_keys();
  if (!backends.is_array()) reader.fail("backends", "expected a list, found " + excerpt(backends));
  std::vector<CatalogueEntry> entries;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const JsonReader own(backends[i], reader.path("backends") + "[" + std::to_string(i) + "]");
    entries.push_back(entry_from_json({own, defaults}, fs::path(path).parent_path()));
  }
  return entries;
}

}  // namespace breakeven
