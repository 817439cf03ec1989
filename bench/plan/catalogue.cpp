#include "bench/plan/catalogue.h"

#include <algorithm>
#include <set>
#include <system_error>

#include "backends/contract/error.h"
#include "bench/installation/home.h"
#include "bench/installation/python.h"
#include "bench/plan/manifest.h"
#include "bench/process/supervisor.h"

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
      .prefixes = {},
      .probe = {},
      .unavailable = {},
      .can = {},
      .end = {}};
}

constexpr std::chrono::seconds kProbeDeadline{20};

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "";
  const auto start = text.find_last_of('\n', end);
  return text.substr(start + 1, end - start);  // npos + 1 is 0
}

// Why the entry cannot run here, by its own probe.
std::string ask_probe(const CatalogueEntry& entry, const std::vector<std::string>& words) {
  try {
    Supervisor supervisor;
    const auto env = entry.traits(entry.default_setup()).env;
    const Ended ended = supervisor.run({.words = words, .env = env, .deadline = kProbeDeadline});
    if (ended.interrupted) return "its probe was interrupted";
    if (ended.timed_out) return "its probe " + entry.probe.front() + " did not end";
    if (ended.exit_code == 0 && ended.signal == 0) return "";
    for (const auto& said : {last_line(ended.out), last_line(ended.err)}) {
      if (!said.empty()) return said;
    }
    return "its probe " + entry.probe.front() + " failed";
  } catch (const std::system_error& error) {
    return error.what();
  }
}

}  // namespace

Setup CatalogueEntry::default_setup() const {
  Setup setup;
  setup.options = parse_options(name, "", options);
  return setup;
}

std::string backend_family(const std::string& spec) { return spec.substr(0, spec.find_first_of("/,")); }

Catalogue::Catalogue() {
  for (const auto& factory : BackendRegistry::instance().all()) entries_.push_back(built_in(factory));
}

void Catalogue::add_manifest(const std::string& path) { add_manifest(read_text_file(path), path); }

void Catalogue::add_manifest(const std::string& text, const std::string& path) {
  const auto first_new = entries_.size();
  add_entries(text, path);
  check_baselines(first_new, path);
}

void Catalogue::add_entries(const std::string& text, const std::string& path) {
  for (auto& entry : parse_manifest(text, path)) {
    if (std::ranges::find(entries_, entry.name, &CatalogueEntry::name) != entries_.end())
      throw UsageError(path + ": \"" + entry.name + "\" exists already");
    entries_.push_back(std::move(entry));
  }
}

// Once all entries are known: the baseline may stand behind its rivals.
void Catalogue::check_baselines(std::size_t first, const std::string& path) const {
  for (auto i = first; i < entries_.size(); ++i) {
    try {
      resolve(entries_[i].traits(entries_[i].default_setup()).baseline);
    } catch (const UsageError& error) {
      throw UsageError(path + ": " + entries_[i].name + ".baseline: " + error.what());
    }
  }
}

// One may name a baseline of another.
void Catalogue::add_installed_manifests() {
  const auto first_new = entries_.size();
  const auto paths = home_files("manifests");
  for (const auto& path : paths) add_entries(read_text_file(path), path);
  check_baselines(first_new, paths.empty() ? "manifests" : paths.front().parent_path().string());
}

std::vector<std::string> Catalogue::with_interpreter(std::vector<std::string> words,
                                                     const Options& options) const {
  const auto named = options.find(std::string(kInterpreterOption));
  for (auto& word : words) {
    if (word != "{python}") continue;
    if (named != options.end() && interpreters_) {
      const auto found = std::ranges::find(*interpreters_, named->second, &Interpreter::label);
      if (found != interpreters_->end()) {
        word = found->path;
        continue;
      }
    }
    if (python_.empty()) python_ = find_python({"zlib"});
    word = python_;
  }
  return words;
}

void Catalogue::name_interpreters(std::vector<Interpreter> interpreters) const {
  for (auto& entry : entries_) {
    const auto option = std::ranges::find(entry.options, kInterpreterOption, &Option::name);
    if (option == entry.options.end()) continue;
    option->values.resize(1);
    for (const auto& one : interpreters) option->values.push_back(one.label);
  }
  interpreters_ = std::move(interpreters);
}

void Catalogue::use(std::vector<Interpreter> interpreters) { name_interpreters(std::move(interpreters)); }

const std::vector<Interpreter>& Catalogue::interpreters() const {
  if (!interpreters_) name_interpreters(find_interpreters({}));
  return *interpreters_;
}

std::string Catalogue::why_unavailable(const CatalogueEntry& entry, const Options& options) const {
  if (!entry.unavailable.empty() || entry.probe.empty()) return entry.unavailable;
  std::vector<std::string> words;
  try {
    words = with_interpreter(entry.probe, options);
  } catch (const UsageError& error) {
    return error.what();
  }
  const auto [known, is_new] = probed_.try_emplace(words);
  if (is_new) known->second = ask_probe(entry, words);
  return known->second;
}

std::string Catalogue::why_not_there(const CatalogueEntry& entry, const Options& options,
                                     const std::string& workload) const {
  const auto named = options.find(std::string(kInterpreterOption));
  if (named == options.end() || named->second == "default") return "";
  auto words = with_interpreter(entry.command, options);
  words.insert(words.end(), {"--loads", workload});
  const auto [known, is_new] = probed_.try_emplace(words);
  if (is_new) known->second = ask_probe(entry, words);
  return known->second;
}

ResolvedBackend Catalogue::resolve(const std::string& spec) const {
  const auto family = backend_family(spec);
  const auto entry = std::ranges::find(entries_, family, &CatalogueEntry::name);
  if (entry == entries_.end()) {
    std::vector<std::string> names;
    for (const auto& known : entries_) names.push_back(known.name);
    throw UsageError(unknown_word("backend", family, names));
  }
  // Interpreters are looked for only where a backend's spelling names one: each has to be started.
  if (spec.find("," + std::string(kInterpreterOption) + "=") != std::string::npos) interpreters();
  auto options = parse_options(family, std::string_view(spec).substr(family.size()), entry->options);
  auto canonical = canonical_name(family, options, entry->options);
  return {&*entry, std::move(options), std::move(canonical)};
}

std::vector<std::string> Catalogue::all_variants() const {
  std::set<std::string> bases;  // a backend that others are compared against is a base case, not a rival
  for (const auto& entry : entries_) {
    bases.insert(backend_family(entry.traits(entry.default_setup()).baseline));
  }
  std::vector<std::string> specs;
  for (const auto& entry : entries_) {
    if (bases.contains(entry.name) || entry.name == kCeilingBackend || entry.variants.empty()) continue;
    if (!why_unavailable(entry).empty()) continue;
    for (const auto& variant : entry.variants) specs.push_back(entry.name + variant);
  }
  return specs;
}

Setup setup_of(const Case& c, Options options) {
  return {.shape = c.shape,
          .workers = c.workers,
          .dispatch = c.dispatch,
          .chunk = c.chunk,
          .options = std::move(options),
          .deadline = {}};
}

}  // namespace breakeven
