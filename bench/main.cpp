// The command `breakeven`: reads the command line, turns errors into one line and an exit code.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "backends/contract/error.h"
#include "bench/cli/commands.h"
#include "bench/installation/build_info.h"
#include "bench/text/output.h"

namespace breakeven {
namespace {

constexpr const char* kDescription =
    "Breakeven measures where parallelism pays: it runs the same CPU-bound work through threads,\n"
    "processes, futures and OpenMP while the volume of inter-process communication varies.\n\n"
    "Start with:   breakeven run quick               (some 15 s)\n"
    "Your shape:   breakeven measure --task 200us --in 4KiB --out 64B --tasks 1000\n"
    "This machine: breakeven doctor                  (what will disturb a measurement)\n"
    "What is here: breakeven list";

constexpr const char* kExitCodes =
    "Exit codes: 0 fine; 1 a sample failed or a result is wrong (results are written); 2 wrong usage, or "
    "nothing was\n"
    "measured; 4 the output cannot be written (the journal is kept); 130, 143 interrupted (what was measured "
    "is kept).";

[[noreturn]] void refuse_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  throw UsageError(unknown_word("option of " + app.get_name(), word.substr(0, word.find('=')), names));
}

// Words that no option took. CLI11's own message does not say which valid word is near.
void refuse_extras(const CLI::App& app, const std::vector<Subcommand>& subcommands) {
  for (const auto& word : app.remaining()) {
    if (word.starts_with("-")) refuse_option(app, word);
    std::vector<std::string> names;
    names.reserve(subcommands.size());
    for (const auto& subcommand : subcommands) names.push_back(subcommand.app->get_name());
    throw UsageError(unknown_word("command", word, names));
  }
  for (const auto& subcommand : subcommands) {
    for (const auto& word : subcommand.app->remaining()) {
      if (!word.starts_with("-")) {
        throw UsageError("unexpected \"" + word + "\"; see breakeven " + subcommand.app->get_name() +
                         " --help");
      }
      refuse_option(*subcommand.app, word);
    }
  }
}

// Every sample pays for the start of its process: the words that `breakeven run` starts one with need none of
// the options, which take a millisecond to set up.
bool is_plain_cell(int argc, char** argv) {
  return argc == 3 && argv[1] == std::string_view("cell") && argv[2][0] == '{';
}

int run_command_line(int argc, char** argv) {
  if (is_plain_cell(argc, argv)) return take_sample(argv[2]);
  Invocation invocation{.words = {argv, argv + argc},
                        .executable = std::filesystem::read_symlink("/proc/self/exe")};
  CLI::App app(kDescription, "breakeven");
  app.set_version_flag("--version", std::string("breakeven ") + kVersion + " (" + kGitRevision + ", " +
                                        kCompiler + ", " + kBuildType + ")");
  app.footer(kExitCodes);
  app.allow_extras();
  app.require_subcommand(0, 1);  // so that a suite may be called like a command: run self-test
  const std::vector<Subcommand> subcommands = {add_run(app, invocation),
                                               add_measure(app, invocation),
                                               add_doctor(app, invocation),
                                               add_list(app),
                                               add_cell(app),
                                               add_recover(app),
                                               add_self_test(app, invocation)};
  for (const auto& subcommand : subcommands) subcommand.app->allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    refuse_extras(app, subcommands);  // a misspelt word often leaves something else missing
    throw UsageError(error.what());
  }
  refuse_extras(app, subcommands);
  for (const auto& subcommand : subcommands) {
    if (subcommand.app->parsed()) return subcommand.run();
  }
  std::cout << app.help();
  return kExitUsage;
}

int report(const std::exception& error, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "breakeven: %s\n", error.what());
  return code;
}

}  // namespace
}  // namespace breakeven

int main(int argc, char** argv) {
  using namespace breakeven;
  try {
    const int code = run_command_line(argc, argv);
    std::cout.flush();
    if (!std::cout) throw OutputError("standard output cannot be written (a full disk, or closed?)");
    return code;
  } catch (const OutputError& error) {
    return report(error, kExitOutput);
  } catch (const std::exception& error) {
    return report(error, kExitUsage);
  }
}
