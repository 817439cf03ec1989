// `breakeven self-test`: teaches and checks usage; the measuring is led by the Python package `analysis`.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "backends/contract/error.h"
#include "bench/cli/commands.h"
#include "bench/installation/build_info.h"

namespace breakeven {
namespace {

// Becomes `python3 -m analysis WORDS`, from the source tree that this program was built in. That package
// looks for an interpreter with the libraries it needs by itself, as .ci/python does.
[[noreturn]] void become_analysis(std::vector<std::string> words) {
  const std::filesystem::path package = std::filesystem::path(kSourceFolder) / "analysis";
  if (!std::filesystem::exists(package / "__main__.py")) {
    throw UsageError("self-test: the Python package " + package.string() +
                     " is not there any more; build breakeven anew where the sources are");
  }
  const char* chosen = std::getenv("BREAKEVEN_PYTHON");
  words.insert(words.begin(), {chosen != nullptr ? chosen : "python3", "-m", "analysis"});
  ::setenv("PYTHONPATH", kSourceFolder, 1);
  ::setenv("PYTHONSAFEPATH", "1", 1);  // else a package `analysis` in the current folder would come first
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  throw UsageError("self-test: " + words.front() + " cannot be run (" + std::strerror(errno) +
                   "); install Python 3.9 or newer, or set BREAKEVEN_PYTHON");
}

struct Arguments {
  bool intervals = false, detector = false;
  std::string out, document, runs;
  std::vector<std::string> recompute;
  std::string suites, planted, budget, table;  // of the detector
};

std::vector<std::string> words_of(const Arguments& arguments, const Invocation& invocation) {
  std::vector<std::string> words = {"self-test", arguments.detector ? "detector" : "intervals"};
  const auto pass = [&](const char* flag, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {flag, value});
  };
  if (arguments.intervals && arguments.recompute.empty()) pass("--program", invocation.executable);
  if (arguments.detector)
    pass("--build", std::filesystem::path(invocation.executable).parent_path().string());
  pass("--runs", arguments.runs);
  pass("--out", arguments.out);
  for (const auto& file : arguments.recompute) pass("--recompute", file);
  pass("--document", arguments.document);
  pass("--suites", arguments.suites);
  pass("--planted", arguments.planted);
  pass("--budget", arguments.budget);
  pass("--table", arguments.table);
  return words;
}

}  // namespace

Subcommand add_self_test(CLI::App& app, const Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand(
      "self-test",
      "Test what Breakeven says of itself, on this machine; keep it quiet meanwhile.\n\n"
      "--intervals: do the intervals hold? 30 separate runs compare this program with itself, ten cases "
      "each,\n"
      "stopped by the shipped rule; a long run tells the truth about pairs of different cases; 5 % more work "
      "is\n"
      "planted and must be found. About half an hour.\n"
      "--detector: how often does the CI check raise a false alarm, and what does it find? Whole checks of "
      "builds\n"
      "of identical source, with nothing or 2, 5, 10 % of work planted. About 55 min.\n\n"
      "  breakeven self-test --intervals                       all of it, into results/self-test-TIME\n"
      "  breakeven self-test --intervals --out DIR             into DIR; again: go on there\n"
      "  breakeven self-test --intervals --runs 1              a quick look; judges nothing\n"
      "  breakeven self-test --intervals --recompute FILE...   judge data anew; of several tests, together\n"
      "  breakeven self-test --detector --suites 6 --planted 1 a taste; the same command goes on where it "
      "was\n\n"
      "Exit codes: 0 what was asked for is met (or too few runs to judge); 1 it is not; 2 wrong usage, or "
      "nothing\n"
      "was measured; 4 the output cannot be written; 130 interrupted.");
  command->add_flag("--detector", arguments->detector, "test the CI check: false alarms and power");
  command->add_flag("--intervals", arguments->intervals, "test the intervals: coverage, width, rounds");
  command->add_option("--runs", arguments->runs, "1 to 30 runs (default: 30, which the gates need)");
  command->add_option("--out", arguments->out, "the folder to measure into, or to go on in");
  command->add_option("--recompute", arguments->recompute, "measure nothing: judge this data anew");
  command->add_option("--document", arguments->document,
                      "also fill the places for figures in this document, such as docs/method.md");
  command->add_option("--suites", arguments->suites, "detector: checks of identical code (default: 60)");
  command->add_option("--planted", arguments->planted,
                      "detector: checks at each planted level (default: 10)");
  command->add_option("--budget", arguments->budget,
                      "detector: begin no further check after this, such as 50m");
  command->add_option("--table", arguments->table, "detector: measure nothing, show what this file holds");
  return {command, [arguments, &invocation]() -> int {
            if (arguments->intervals == arguments->detector)
              throw UsageError("self-test: say what to test: --intervals or --detector");
            become_analysis(words_of(*arguments, invocation));
          }};
}

}  // namespace breakeven
