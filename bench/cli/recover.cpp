// `breakeven recover`: results.json from the journal of a run that could not write it.
#include <filesystem>
#include <iostream>
#include <memory>

#include "bench/cli/commands.h"
#include "bench/plan/run_plan.h"
#include "bench/record/results.h"

namespace breakeven {

Subcommand add_recover(CLI::App& app) {
  auto folder = std::make_shared<std::string>();
  auto* command = app.add_subcommand("recover", "Write results.json anew from the journal of a run.");
  command->add_option("folder", *folder, "the run's folder, its results or its journal")->required();
  return {command, [folder] {
            const auto journal = journal_at(*folder);
            const auto results = std::filesystem::path(journal).parent_path() / results_name(journal);
            const auto counts = derive_results(journal, results);
            std::cout << results.string() << ": " << counts.samples << " samples, " << counts.failures
                      << " failures\n";
            return counts.samples == 0 ? kExitUsage : counts.failures == 0 ? kExitOk : kExitSampleFailed;
          }};
}

}  // namespace breakeven
