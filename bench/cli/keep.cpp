// `breakeven keep`: the process that keeps a cluster beside the samples of a run. Not shown in the help: a run starts it.
#include <memory>

#include "bench/cli/commands.h"
#include "bench/process/keeper.h"

namespace breakeven {

Subcommand add_keep(CLI::App& app) {
  auto description = std::make_shared<std::string>();
  auto* command = app.add_subcommand("keep", "Keep a cluster until this process is asked to end.");
  command->group("");  // not in the list of words
  command->add_option("description", *description, "what to keep, as JSON (bench/process/keeper.h)")
      ->required();
  return {command, [description] { return keep(*description); }};
}

}  // namespace breakeven
