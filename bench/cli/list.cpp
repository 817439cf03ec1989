// `breakeven list`: the backends, workloads and suites that this program has.
#include <iostream>
#include <memory>

#include "backends/contract/error.h"
#include "bench/cli/commands.h"
#include "bench/plan/suite.h"

namespace breakeven {
namespace {

Json options_json(const OptionSchema& schema) {
  Json list = Json::array();
  for (const auto& option : schema) {
    list.push_back({{"name", option.name},
                    {"values", option.values},
                    {"default", option.values.front()},
                    {"help", option.help}});
  }
  return list;
}

Json backends_json(const Catalogue& catalogue) {
  Json list = Json::array();
  for (const auto& entry : catalogue.entries()) {
    const Traits traits = entry.traits(entry.default_setup());
    const auto unavailable = catalogue.why_unavailable(entry);
    list.push_back({{"name", entry.name},
                    {"summary", entry.summary},
                    {"options", options_json(entry.options)},
                    {"variants", entry.variants},
                    {"baseline", traits.baseline},
                    {"processes", traits.processes},
                    {"caller_works", traits.caller_works},
                    {"own_cell", !entry.command.empty()},
                    {"can",
                     {{"pin", entry.can.pin},
                      {"cold", entry.can.cold},
                      {"counters", entry.can.counters},
                      {"extra", entry.can.extra}}},
                    {"unavailable", unavailable.empty() ? Json() : Json(unavailable)}});
  }
  return list;
}

// A suite that does not parse is listed with its error: one bad file must not hide the others.
Json suites_json() {
  Json list = Json::array();
  for (const auto& name : installed_suites()) {
    try {
      const Suite suite = load_suite(name);
      list.push_back(
          {{"name", name}, {"description", suite.description}, {"rounds", suite.rounds}, {"error", nullptr}});
    } catch (const UsageError& error) {
      list.push_back({{"name", name}, {"description", ""}, {"rounds", 0}, {"error", error.what()}});
    }
  }
  return list;
}

Json workloads_json() {
  Json list = Json::array();
  for (const auto& workload : WorkloadRegistry::instance().all()) {
    list.push_back({{"name", workload.name}, {"summary", workload.summary}, {"has_cost", workload.has_cost}});
  }
  return list;
}

void print_list(const Json& everything) {
  const auto print = [](const std::string& name, const std::string& text) {
    std::cout << "  " << name << std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') << text << "\n";
  };
  std::cout << "backends (written name[/transport][,key=value...])\n";
  for (const auto& backend : everything["backends"]) {
    print(backend["name"], backend["summary"]);
    for (const auto& option : backend["options"]) {
      std::string values;
      for (const auto& value : option["values"])
        values.append(values.empty() ? "" : "|").append(value.get<std::string>());
      print("", option["name"].get<std::string>() + "=" + values + "  " + option["help"].get<std::string>());
    }
    if (!backend["unavailable"].is_null())
      print("", "unavailable: " + backend["unavailable"].get<std::string>());
  }
  std::cout << "\nworkloads\n";
  for (const auto& workload : everything["workloads"]) print(workload["name"], workload["summary"]);
  std::cout << "\nsuites (breakeven run NAME)\n";
  for (const auto& suite : everything["suites"]) {
    print(suite["name"], suite["error"].is_null() ? suite["description"].get<std::string>()
                                                  : "cannot be read: " + suite["error"].get<std::string>());
  }
}

}  // namespace

Subcommand add_list(CLI::App& app) {
  struct Flags {
    bool json = false;
    std::vector<std::string> manifests;
  };
  auto flags = std::make_shared<Flags>();
  auto* command = app.add_subcommand("list", "List the backends, workloads and suites that are here.");
  command->add_flag("--json", flags->json, "as one JSON object");
  command->add_option("--backend-manifest", flags->manifests, "JSON file that names further cell commands");
  return {command, [flags] {
            Catalogue catalogue;
            catalogue.add_installed_manifests();
            for (const auto& manifest : flags->manifests) catalogue.add_manifest(manifest);
            const Json everything = {{"backends", backends_json(catalogue)},
                                     {"workloads", workloads_json()},
                                     {"suites", suites_json()}};
            if (flags->json) {
              std::cout << everything.dump(2) << "\n";
            } else {
              print_list(everything);
            }
            return kExitOk;
          }};
}

}  // namespace breakeven
