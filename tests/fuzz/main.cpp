// Gives damaged texts to every reader: each must be taken, or refused in one line. Anything else, a crash or
// a text that takes seconds included, is a finding: printed with the words that make it again.
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "backends/contract/error.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/readers.h"

namespace breakeven::fuzz {
namespace {

constexpr int kSecondsForOneText = 10;

char g_reproduce[200];  // how to make the current text again; for the signal handler

void on_fatal_signal(int number) {
  const char* what = number == SIGPROF ? "\na text takes too long" : "\na text ends the program";
  for (const char* text : {what, "; again with: ", static_cast<const char*>(g_reproduce), "\n"}) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::char_traits<char>::length(text));
  }
  ::_exit(1);
}

void catch_fatal_signals() {
  static char stack[1 << 16];  // of its own: an overflow of the usual one is a finding too
  const stack_t alternative{.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
  ::sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_handler = on_fatal_signal;
  action.sa_flags = SA_ONSTACK;
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF})
    ::sigaction(number, &action, nullptr);
}

// Of CPU time, not of the clock: a busy machine is no finding.
void limit_cpu_time(int seconds) {
  const itimerval limit{.it_interval = {}, .it_value = {.tv_sec = seconds, .tv_usec = 0}};
  ::setitimer(ITIMER_PROF, &limit, nullptr);
}

// What is wrong with the reader's answer, or "".
std::string finding(const Reader& reader, const std::string& text) {
  try {
    reader.read(text);
    return "";
  } catch (const UsageError& error) {
    const std::string said = error.what();
    return said.empty() || said.find('\n') != std::string::npos ? "its complaint is not one line: " + said
                                                                : "";
  } catch (const std::exception& error) {
    return std::string("it throws what is no UsageError: ") + error.what();
  }
}

struct Options {
  std::uint64_t inputs = 10'000, seed = 1;
  std::string reader;
  bool show = false;
};

// The n-th text of a reader, from its own seed, so that one number makes it again.
std::string text_of(const Reader& reader, std::uint64_t seed) {
  Random random(seed);
  return mutated(reader.corpus[random() % reader.corpus.size()], random);
}

bool fuzz_one(const Reader& reader, std::uint64_t seed, const Options& options) {
  std::snprintf(g_reproduce, sizeof g_reproduce, "fuzz_readers --reader %s --seed %llu --inputs 1 --show",
                reader.name.c_str(), static_cast<unsigned long long>(seed));
  const auto text = text_of(reader, seed);
  if (options.show) std::printf("%s\n", text.c_str()), std::fflush(stdout);
  limit_cpu_time(kSecondsForOneText);
  const auto problem = finding(reader, text);
  if (problem.empty()) return true;
  std::fprintf(stderr, "\n%s: %s\nagain with: %s\n", reader.name.c_str(), problem.c_str(), g_reproduce);
  return false;
}

bool fuzz_reader(const Reader& reader, std::uint64_t inputs, const Options& options) {
  for (const auto& text : reader.corpus) reader.read(text);  // refused whole, it would say nothing of damage
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  std::uint64_t findings = 0;
  for (std::uint64_t i = 0; i < inputs && findings < 10; ++i) {
    findings += fuzz_one(reader, options.seed + i, options) ? 0 : 1;
    if (terminal && i % 1000 == 0)
      std::fprintf(stderr, "\r%-10s %llu of %llu", reader.name.c_str(), static_cast<unsigned long long>(i),
                   static_cast<unsigned long long>(inputs));
  }
  limit_cpu_time(0);
  std::fprintf(stderr, "%s%-10s %llu texts from seed %llu on, %llu findings\n", terminal ? "\r" : "",
               reader.name.c_str(), static_cast<unsigned long long>(inputs),
               static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(findings));
  return findings == 0;
}

// In memory where there is such a place: every journal is synced, and a disk would be most of the time.
struct TemporaryFolder {
  TemporaryFolder() {
    const std::filesystem::path memory = "/dev/shm";
    path = ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
            "breakeven-XXXXXX")
               .string();
    if (!::mkdtemp(path.data())) throw std::runtime_error(path + ": cannot be made");
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string path;
};

int run(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Gives damaged texts to every reader of the program; 0 where each was taken or refused in one line.");
  app.add_option("--inputs", options.inputs, "texts, over all readers")->capture_default_str();
  app.add_option("--seed", options.seed, "of the first text; the next has the next")->capture_default_str();
  app.add_option("--reader", options.reader, "this one only");
  app.add_flag("--show", options.show, "print each text");
  CLI11_PARSE(app, argc, argv);
  const TemporaryFolder folder;
  auto chosen = readers(folder.path);
  std::erase_if(
      chosen, [&](const Reader& reader) { return !options.reader.empty() && reader.name != options.reader; });
  if (chosen.empty()) throw std::runtime_error("there is no reader " + options.reader);
  catch_fatal_signals();
  bool fine = true;
  for (const auto& reader : chosen) {
    fine = fuzz_reader(reader, (options.inputs + chosen.size() - 1) / chosen.size(), options) && fine;
  }
  return fine ? 0 : 1;
}

}  // namespace
}  // namespace breakeven::fuzz

int main(int argc, char** argv) {
  try {
    return breakeven::fuzz::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz_readers: %s\n", error.what());
    return 2;
  }
}
