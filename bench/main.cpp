// The command `breakeven`: reads the command line, turns errors into one line and an exit code.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string_view>

#include "backends/contract/error.h"
#include "bench/cli/commands.h"
#include "bench/cli/help.h"
#include "bench/installation/build_info.h"
#include "bench/installation/home.h"
#include "bench/installation/python.h"
#include "bench/text/output.h"

namespace breakeven {
namespace {

constexpr const char* kDescription =
    "Breakeven measures where parallelism pays: the same CPU-bound work through\n"
    "threads, processes, futures and OpenMP, with more and less payload.\n\n"
    "  breakeven run quick      some 15 s of it\n"
    "  breakeven measure --task 200us --in 4KiB --back 64B --tasks 1000\n"
    "  breakeven doctor         what will disturb a measurement on this machine\n"
    "  breakeven help WORD      teaches one of the words below";

constexpr const char* kExitCodes =
    "Exit codes: 0 fine; 1 a sample failed or is wrong (results are written), or a\n"
    "check says no; 2 wrong usage, or nothing measured; 3 a check is inconclusive; 4\n"
    "the output failed; 5 a check has a suspect; 130, 143 interrupted.";

bool is_analysis_word(std::string_view word) {
  return std::ranges::find(kAnalysisWords, word, &AnalysisWord::name) != std::end(kAnalysisWords);
}

[[noreturn]] void refuse_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  throw UsageError(unknown_word("option of " + app.get_name(), word.substr(0, word.find('=')), names));
}

// Words that no option took. CLI11's own message does not say which valid word is near.
constexpr const char* kNoMoreOptions = "--";  // what comes behind it is none, whatever it looks like

void refuse_extras(const CLI::App& app, const std::vector<Subcommand>& subcommands) {
  for (const auto& word : app.remaining()) {
    if (word == kNoMoreOptions) continue;
    if (word.starts_with("-")) refuse_option(app, word);
    std::vector<std::string> names = {"help"};
    for (const auto& subcommand : subcommands) names.push_back(subcommand.app->get_name());
    for (const auto& each : kAnalysisWords) names.push_back(each.name);
    throw UsageError(unknown_word("command", word, names));
  }
  for (const auto& subcommand : subcommands) {
    for (const auto& word : subcommand.app->remaining()) {
      if (word == kNoMoreOptions) continue;
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

// `help WORD` is `WORD --help`.
std::vector<std::string> help_words(const std::vector<std::string>& words) {
  if (words.size() == 1) return {"--help"};
  return {words[1], "--help"};
}

int run_command_line(int argc, char** argv) {
  if (is_plain_cell(argc, argv)) return take_sample(argv[2]);
  Invocation invocation{.words = {argv, argv + argc}, .executable = program_path()};
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "help") words = help_words(words);
  if (!words.empty() && is_analysis_word(words.front())) become_analysis(words, invocation.executable);
  CLI::App app(kDescription, "breakeven");
  app.formatter(std::make_shared<NarrowHelp>());
  app.set_version_flag("--version", std::string("breakeven ") + kVersion + " (" + kGitRevision + ", " +
                                        kCompiler + ", " + kBuildType + ")");
  app.footer(kExitCodes);
  app.allow_extras();
  app.require_subcommand(0, 1);  // so that a suite may be called like a command: run self-test
  const std::vector<Subcommand> subcommands = {add_run(app, invocation),
                                               add_measure(app, invocation),
                                               add_doctor(app, invocation),
                                               add_keep(app),
                                               add_list(app),
                                               add_cell(app),
                                               add_recover(app),
                                               add_summary(app),
                                               add_judge(app),
                                               add_sample(app, invocation)};
  for (const auto& subcommand : subcommands) {
    subcommand.app->allow_extras();
    subcommand.app->formatter(app.get_formatter());
    subcommand.app->footer("");
  }
  for (const auto& word : kAnalysisWords)
    app.add_subcommand(word.name, word.summary);  // for the list of words
  try {
    std::ranges::reverse(words);  // as CLI11 takes them
    app.parse(words);
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
    const bool ended_by_signal =
        code > 128;  // which says more: a closed terminal sends one, and takes nothing more
    if (!std::cout && !ended_by_signal)
      throw OutputError("standard output cannot be written (a full disk, or closed?)");
    return code;
  } catch (const OutputError& error) {
    return report(error, kExitOutput);
  } catch (const std::exception& error) {
    return report(error, kExitUsage);
  }
}
