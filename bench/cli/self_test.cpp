// `breakeven self-test`: teaches and checks usage; the measuring is led by the Python package `analysis`.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "backends/contract/error.h"
#include "bench/build_info.h"
#include "bench/cli/commands.h"

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
  bool intervals = false;
  std::string out, recompute, document, runs;
};

std::vector<std::string> words_of(const Arguments& arguments, const Invocation& invocation) {
  std::vector<std::string> words = {"self-test", "intervals"};
  const auto pass = [&](const char* flag, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {flag, value});
  };
  if (arguments.recompute.empty()) pass("--program", invocation.executable);
  pass("--runs", arguments.runs);
  pass("--out", arguments.out);
  pass("--recompute", arguments.recompute);
  pass("--document", arguments.document);
  return words;
}

}  // namespace

Subcommand add_self_test(CLI::App& app, const Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand(
      "self-test",
      "Do the intervals that Breakeven prints hold on this machine? 30 separate runs compare this program "
      "with\n"
      "itself, ten cases each, stopped by the shipped rule; a long run tells the truth about pairs of "
      "different\n"
      "cases; 5 % more work is planted and must be found. About 25 min; keep the machine quiet.\n\n"
      "  breakeven self-test --intervals                                     all of it, into "
      "results/self-test-TIME\n"
      "  breakeven self-test --intervals --out DIR                           into DIR; again: go on there\n"
      "  breakeven self-test --intervals --runs 1                            a quick look; judges nothing\n"
      "  breakeven self-test --intervals --recompute DIR/self-test-intervals.json.gz\n"
      "                                                                      judge that data anew\n\n"
      "Exit codes: 0 what was asked for is met (or too few runs to judge); 1 it is not; 2 wrong usage, or "
      "nothing\n"
      "was measured; 4 the output cannot be written; 130 interrupted.");
  command->add_flag("--intervals", arguments->intervals, "test the intervals: coverage, width, rounds");
  command->add_option("--runs", arguments->runs, "1 to 30 runs (default: 30, which the gates need)");
  command->add_option("--out", arguments->out, "the folder to measure into, or to go on in");
  command->add_option("--recompute", arguments->recompute, "measure nothing: judge this data file anew");
  command->add_option("--document", arguments->document,
                      "also fill the places for figures in this document, such as docs/method.md");
  return {command, [arguments, &invocation]() -> int {
            if (!arguments->intervals) {
              throw UsageError("self-test: say what to test: breakeven self-test --intervals");
            }
            become_analysis(words_of(*arguments, invocation));
          }};
}

}  // namespace breakeven
