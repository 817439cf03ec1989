#include "bench/plan/outside_workload.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "backends/contract/error.h"
#include "bench/process/supervisor.h"

namespace breakeven {
namespace {

constexpr std::chrono::seconds kDeadline{60};  // of a description: it runs the function for some seconds

const CatalogueEntry* entry_for(const std::string& workload, const Catalogue& catalogue) {
  const auto& entries = catalogue.entries();
  const auto found = std::ranges::find_if(entries, [&](const auto& entry) {
    return std::ranges::any_of(entry.prefixes,
                               [&](const auto& prefix) { return workload.starts_with(prefix); });
  });
  return found == entries.end() ? nullptr : &*found;
}

std::string last_line(std::string text) {
  text.erase(text.find_last_not_of(" \r\n") + 1);
  return text.substr(text.find_last_of('\n') + 1);
}

// What the entry's cell says of the workload.
Json described(const std::string& workload, const CatalogueEntry& entry, const Catalogue& catalogue) {
  Command command;
  command.words = catalogue.with_interpreter(entry.command);
  command.words.insert(command.words.end(), {"--describe", workload});
  command.env = entry.traits(entry.default_setup()).env;
  command.deadline = kDeadline;
  try {
    Supervisor supervisor;
    const Ended ended = supervisor.run(command);
    if (ended.interrupted) throw UsageError(workload + ": was interrupted while it was looked at");
    if (ended.timed_out)
      throw UsageError(workload +
                       ": its inputs and first tasks took more than a minute: give it fewer or smaller ones");
    if (ended.exit_code != 0 || ended.signal != 0) {
      const auto said = last_line(ended.err.empty() ? ended.out : ended.err);
      throw UsageError(said.empty() ? workload + ": cannot be looked at" : said);
    }
    return parse_json(last_line(ended.out), workload);
  } catch (const std::system_error& error) {
    throw UsageError(workload + ": " + error.what());
  }
}

WorkloadFactory factory_of(const std::string& name, const Json& said) {
  JsonReader reader(said, name + ":");
  const Sizes sizes{.in = reader.integer("in_bytes"), .out = reader.integer("out_bytes")};
  const Described what{.tasks = reader.integer("tasks"), .task_ns = reader.number("task_ns")};
  return {.name = name,
          .summary = "a function of one's own, in another language",
          .unsupported = [=](const Shape& shape) -> std::optional<std::string> {
            if (shape.tasks > what.tasks)
              return "there are " + std::to_string(what.tasks) + " inputs, and " +
                     std::to_string(shape.tasks) + " tasks are asked for";
            if (shape.in_bytes != sizes.in || shape.out_bytes != sizes.out || shape.cost || shape.skew != 0 ||
                shape.shared_bytes || shape.extra != 0)
              return "a function of one's own has the sizes and the cost of its inputs; leave the axes out";
            return std::nullopt;
          },
          .make = [name](const Shape&) -> std::unique_ptr<const Workload> {
            throw UsageError(name + ": only a cell of its language can run it");
          },
          .optimised = true,
          .has_cost = false,
          .sizes = [sizes](const Shape&) { return sizes; },
          .described = what};
}

}  // namespace

void add_outside_workloads(const Suite& suite, const Catalogue& catalogue) {
  auto& registry = WorkloadRegistry::instance();
  for (const auto& grid : suite.grids) {
    const auto axis = grid.axes.find("workload");
    if (axis == grid.axes.end()) continue;
    for (const auto& name : axis->second) {
      const auto* entry = find_workload(name) ? nullptr : entry_for(name, catalogue);
      if (entry) registry.add(factory_of(name, described(name, *entry, catalogue)));
    }
  }
}

}  // namespace breakeven
