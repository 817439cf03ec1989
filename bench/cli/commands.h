// The subcommands of `breakeven`. Each sets up its options and returns the exit code when it is
// the one called.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace breakeven {

// Exit codes; README and --help state them too.
inline constexpr int kExitOk = 0;
inline constexpr int kExitSampleFailed = 1;  // some sample failed or a digest is wrong; results are written
inline constexpr int kExitUsage = 2;         // usage, or nothing was measured
inline constexpr int kExitOutput = 4;        // the output could not be written; the journal is kept

struct Invocation {
  std::vector<std::string> words;  // as typed
  std::string executable;          // absolute path of this program
};

// A subcommand and what to do when it is chosen.
struct Subcommand {
  CLI::App* app;
  std::function<int()> run;
};

Subcommand add_run(CLI::App& app, const Invocation& invocation);
Subcommand add_measure(CLI::App& app, const Invocation& invocation);
Subcommand add_doctor(CLI::App& app, const Invocation& invocation);
Subcommand add_keep(CLI::App& app);
Subcommand add_list(CLI::App& app);
Subcommand add_cell(CLI::App& app);
int take_sample(const std::string& request);  // what `cell` does with its argument
Subcommand add_recover(CLI::App& app);
Subcommand add_judge(CLI::App& app);
Subcommand add_sample(CLI::App& app, const Invocation& invocation);
Subcommand add_summary(CLI::App& app);
std::size_t terminal_width();  // 80 to 120 columns, for tables

// A word that the Python package answers, with what it does in a line.
struct AnalysisWord {
  const char* name;
  const char* summary;
};
inline constexpr AnalysisWord kAnalysisWords[] = {
    {"charts", "Draw every chart that the file has data for."},
    {"record", "Run a serial program; write what its loops are."},
    {"advise", "Rank the backends for a task, or for a recorded loop."},
    {"report", "Write one HTML page about a run, or about several."},
    {"csv", "Write one row a sample, flat."},
    {"check", "Judge whether a build is slower than another."},
    {"bisect", "Name the commit that made a program slower."},
    {"history", "Keep the times of each commit; mark where they changed."},
    {"conform", "Hold the cells of a manifest to the protocol."},
    {"claims", "Judge the claims about Python's pools."},
    {"compare", "What a dispatch costs, next to the best peer's."},
    {"model", "Print the cost model, and how far off it is."},
    {"self-test", "Test what Breakeven says of itself, here."},
};

}  // namespace breakeven
