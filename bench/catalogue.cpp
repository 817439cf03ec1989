#include "bench/catalogue.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "backends/contract/error.h"

namespace breakeven {
namespace {

CatalogueEntry built_in(const BackendFactory& factory) {
  return {
      .name = factory.name,
      .summary = factory.summary,
      .options = factory.options,
      .variants = factory.variants,
      .traits = factory.traits,
      .unsupported = [judge = factory.unsupported](const Case&, const Setup& setup) { return judge(setup); },
      .command = {},
      .unavailable = {}};
}

OptionSchema options_from_json(const Json& list, const std::string& where) {
  OptionSchema schema;
  if (!list.is_array()) throw UsageError(where + ": expected a list of options, found " + excerpt(list));
  for (std::size_t i = 0; i < list.size(); ++i) {
    JsonReader reader(list[i], where + "[" + std::to_string(i) + "]");
    schema.push_back({reader.string("name"), reader.strings("values"), reader.string("help", "")});
    if (schema.back().values.empty()) reader.fail("values", "an option needs at least its default");
    reader.refuse_unknown_keys();
  }
  return schema;
}

// Relative paths in a command are relative to the manifest, so that an installation can move.
std::vector<std::string> command_from_json(JsonReader& reader, const std::filesystem::path& folder) {
  auto command = reader.strings("command");
  if (command.empty() || command.front().empty()) reader.fail("command", "names no program");
  for (auto& word : command) {
    if (word.starts_with("./") || word.starts_with("../"))
      word = std::filesystem::absolute(folder / word).lexically_normal();
  }
  return command;
}

CatalogueEntry entry_from_json(const Json& json, const std::string& where,
                               const std::filesystem::path& folder) {
  JsonReader reader(json, where);
  CatalogueEntry entry;
  entry.name = reader.string("name");
  entry.summary = reader.string("summary", "");
  entry.command = command_from_json(reader, folder);
  entry.unavailable = reader.string("unavailable", "");
  if (const Json* options = reader.find("options"))
    entry.options = options_from_json(*options, reader.path("options"));
  entry.variants = reader.has("variants") ? reader.strings("variants") : std::vector<std::string>{""};
  Traits traits{.payload = Memory::kPrivate,
                .processes = reader.boolean("processes", false),
                .caller_works = reader.boolean("caller_works", false),
                .baseline = reader.string("baseline", "serial"),
                .env = {}};
  if (const Json* env = reader.find("env")) {
    for (const auto& [key, value] : env->items()) {
      if (!value.is_string()) throw UsageError(reader.path("env") + "." + key + ": expected a string");
      traits.env[key] = value.get<std::string>();
    }
  }
  entry.traits = [traits](const Setup&) { return traits; };
  const auto workloads = reader.has("workloads") ? reader.strings("workloads") : std::vector<std::string>{};
  const auto dispatches =
      reader.has("dispatch") ? reader.strings("dispatch") : std::vector<std::string>{"submit", "map"};
  const auto max_workers = reader.integer("max_workers", 4096);
  reader.refuse_unknown_keys();
  entry.unsupported = [=](const Case& c, const Setup& setup) -> std::optional<std::string> {
    if (!workloads.empty() && std::ranges::find(workloads, c.workload) == workloads.end()) {
      return "it has no workload " + c.workload;
    }
    if (std::ranges::find(dispatches, to_string(setup.dispatch)) == dispatches.end()) {
      return "it has no dispatch " + to_string(setup.dispatch);
    }
    if (setup.workers > max_workers) return "it takes at most " + std::to_string(max_workers) + " workers";
    return std::nullopt;
  };
  return entry;
}

}  // namespace

std::string backend_family(const std::string& spec) { return spec.substr(0, spec.find_first_of("/,")); }

Catalogue::Catalogue() {
  for (const auto& factory : BackendRegistry::instance().all()) entries_.push_back(built_in(factory));
}

void Catalogue::add_manifest(const std::string& path) {
  const Json json = parse_json(read_text_file(path), path);
  JsonReader reader(json, path + ":");
  if (reader.integer("breakeven_manifest") != 1)
    reader.fail("breakeven_manifest", "this program reads version 1");
  const Json& backends = reader.raw("backends");
  reader.refuse_unknown_keys();
  if (!backends.is_array()) reader.fail("backends", "expected a list, found " + excerpt(backends));
  for (std::size_t i = 0; i < backends.size(); ++i) {
    auto entry = entry_from_json(backends[i], path + ": backends[" + std::to_string(i) + "]",
                                 std::filesystem::path(path).parent_path());
    if (std::ranges::find(entries_, entry.name, &CatalogueEntry::name) != entries_.end()) {
      throw UsageError(path + ": backends[" + std::to_string(i) + "].name: \"" + entry.name +
                       "\" exists already");
    }
    entries_.push_back(std::move(entry));
  }
}

ResolvedBackend Catalogue::resolve(const std::string& spec) const {
  const auto family = backend_family(spec);
  const auto entry = std::ranges::find(entries_, family, &CatalogueEntry::name);
  if (entry == entries_.end()) {
    std::vector<std::string> names;
    for (const auto& known : entries_) names.push_back(known.name);
    throw UsageError(unknown_word("backend", family, names));
  }
  auto options = parse_options(family, std::string_view(spec).substr(family.size()), entry->options);
  auto canonical = canonical_name(family, options, entry->options);
  return {&*entry, std::move(options), std::move(canonical)};
}

std::vector<std::string> Catalogue::all_variants() const {
  std::set<std::string> bases;  // a backend that others are compared against is a base case, not a rival
  for (const auto& entry : entries_) {
    Setup defaults;
    defaults.options = parse_options(entry.name, "", entry.options);
    bases.insert(entry.traits(defaults).baseline);
  }
  std::vector<std::string> specs;
  for (const auto& entry : entries_) {
    if (bases.contains(entry.name) || entry.name == kCeilingBackend || !entry.unavailable.empty()) continue;
    for (const auto& variant : entry.variants) specs.push_back(entry.name + variant);
  }
  return specs;
}

Setup setup_of(const Case& c, Options options) {
  return {.shape = c.shape,
          .workers = c.workers,
          .dispatch = c.dispatch,
          .chunk = c.chunk,
          .pin = c.pin,
          .options = std::move(options),
          .deadline = {}};
}

}  // namespace breakeven
