// `breakeven recover`: results.json from the journal of a run that could not write it.
#include <filesystem>
#include <iostream>
#include <memory>

#include "bench/cli/commands.h"
#include "bench/record/results.h"

namespace breakeven {

Subcommand add_recover(CLI::App& app) {
  auto folder = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("recover",
                         "Write results.json anew from the journal of a run that was cut off or found no\n"
                         "room on the disk.");
  command->add_option("folder", *folder, "the run's folder, with journal.jsonl in it")->required();
  return {command, [folder] {
            const std::filesystem::path path = *folder;
            const auto name = results_name(path / "journal.jsonl");
            const auto counts = derive_results(path / "journal.jsonl", path / name);
            std::cout << (path / name).string() << ": " << counts.samples << " samples, " << counts.failures
                      << " failures\n";
            return counts.samples == 0 ? kExitUsage : counts.failures == 0 ? kExitOk : kExitSampleFailed;
          }};
}

}  // namespace breakeven
