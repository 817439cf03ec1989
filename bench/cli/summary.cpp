// `breakeven summary`: the tables of a result file, as at the end of its run.
#include "bench/summary/summary.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "bench/cli/commands.h"

namespace breakeven {

std::size_t terminal_width() {
  ::winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 80
             ? std::min<std::size_t>(size.ws_col, 120)
             : 80;
}

Subcommand add_summary(CLI::App& app) {
  struct Flags {
    std::string file = "results/latest/results.json";
    bool json = false;
  };
  auto options = std::make_shared<Flags>();
  auto* command = app.add_subcommand("summary",
                                     "Print the tables of a result file: time, speed-up, interval.\n\n"
                                     "  breakeven summary\n"
                                     "  breakeven summary results/latest/results.json --json");
  command->add_option("file", options->file,
                      "a result file, or one compressed with gzip (results/latest/results.json)");
  command->add_flag("--json", options->json, "as one JSON object (docs/format.md)");
  return {command, [options] {
            const ResultFile file = read_result_file(options->file);
            if (options->json) {
              std::cout << summary_json(file).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
            } else {
              print_summary(std::cout, file, terminal_width());
            }
            return kExitOk;
          }};
}

}  // namespace breakeven
