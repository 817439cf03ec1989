#include "bench/plan/manifest.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "backends/contract/error.h"
#include "bench/installation/home.h"
#include "bench/plan/axes.h"
#include "bench/plan/conditions.h"
#include "bench/plan/launch.h"
#include "bench/text/paths.h"

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

struct SkipRule {
  Conditions when, unless;
  std::string reason;
};

SkipRule rule_from_json(JsonReader& reader, const OptionSchema& options) {
  return {.when = conditions_from_json(reader, "when", options),
          .unless = conditions_from_json(reader, "unless", options),
          .reason = reader.string("reason")};
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

bool applies(const SkipRule& rule, const Case& c, const Setup& setup) {
  const Json fields = fields_of(c, setup);
  return all_hold(rule.when, fields) && (rule.unless.empty() || !all_hold(rule.unless, fields));
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
  if (entry.has("link")) made.link = command_from_json(entry.of("link"), "link", folder);
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
  made.end = end_from_json(entry.of("end"), "end", {});
  const LaunchKeys keys{.launcher = entry.of("launcher"),
                        .ranks = entry.of("ranks"),
                        .nodes = entry.of("nodes"),
                        .session = entry.of("session")};
  const Resolve command = [&folder](JsonReader& reader, const std::string& key) {
    return command_from_json(reader, key, folder);
  };
  made.launcher = launcher_from_json(keys, made.options, command);
  made.cluster = cluster_from_json(keys, made.options, command);
  made.nodes = nodes_from_json(keys, made.options);
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
