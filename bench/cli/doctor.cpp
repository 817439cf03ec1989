// `breakeven doctor`: what on this machine will disturb a measurement, how much, and what to do about it.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "bench/cli/commands.h"
#include "bench/cli/doctor_hosts.h"
#include "bench/doctor/findings.h"
#include "bench/doctor/measurements.h"
#include "bench/machine/machine.h"
#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

constexpr const char* kDescription =
    "Say what on this machine will disturb a measurement.\n\n"
    "In plain words, with how much it matters (measured where it can be), and the\n"
    "command that fixes it. It changes nothing.\n\n"
    "  breakeven doctor            some 10 s: looks, and measures\n"
    "  breakeven doctor --quick    some 2 s\n"
    "  breakeven doctor --json     for programs; docs/doctor.md names the fields\n"
    "  breakeven doctor --score    one line with one number, to be logged\n"
    "  breakeven doctor --hosts FILE    other hosts, and the links to them\n\n"
    "Run it while nothing else runs: it measures what is there, other programs\n"
    "included. Findings are not failures: the exit code is 0 with or without them.\n"
    "Every run's result file holds those that need no measuring.";

std::string text_of(const Json& value, const std::string& unknown) {
  return value.is_string() ? value.get<std::string>() : unknown;
}

std::string count_of(const Json& value, const std::string& noun) {
  return value.is_number() ? counted(value.get<std::size_t>(), noun) : "unknown " + noun + "s";
}

void print_machine(const Json& machine) {
  const auto& topology = machine["topology"];
  std::cout << text_of(machine["cpu"], "unknown processor") << ": "
            << count_of(topology["online_cpus"], "CPU") << ", "
            << count_of(topology["physical_cores"], "core") << ", "
            << count_of(topology["packages"], "socket") << "; default workers: " << machine["workers_default"]
            << "\n"
            << text_of(machine["kernel"], "unknown kernel") << ", "
            << text_of(machine["distribution"], "unknown distribution") << ", "
            << text_of(machine["libc"], "unknown libc");
  if (machine["hypervisor"].is_string()) std::cout << ", on " << text_of(machine["hypervisor"], "");
  if (machine["container"].is_string()) std::cout << ", in " << text_of(machine["container"], "");
  std::cout << "\n";
}

void print_figure(const std::string& name, const std::string& text) {
  std::cout << "  " << name << std::string(name.size() < 36 ? 36 - name.size() : 1, ' ') << text << "\n";
}

std::string line_text(const Json& line) {
  if (line.is_null()) return "needs two CPUs";
  const auto& modes = line["modes"];
  if (modes.is_null()) return format_ns(line["median_ns"]) + ", one mode";
  const auto mode = [&](std::size_t i) {
    return format_ns(modes[i]["median_ns"]) + " (" + percentage(modes[i]["share"]) + ")";
  };
  std::string text = "two modes: " + mode(0) + " and " + mode(1);
  if (line["dwell_s"].is_number())
    text += ", a change every " + format_ns(line["dwell_s"].get<double>() * 1e9);
  return text;
}

void print_measured(const Json& measured) {
  const auto& spin = measured["spin"];
  const auto& wakeup = measured["wakeup"];
  std::cout << "\nMeasured in " << figure(measured["seconds"]) << " s\n";
  print_figure("cache line to another CPU and back", line_text(measured["line"]));
  print_figure("fixed spin of " + format_ns(spin["median_ns"]),
               "CV " + percentage(spin["cv"]) + ", 99th percentile " + figure(spin["p99_over_median"]) +
                   " x the median");
  if (!spin["all_cpus"].is_null())
    print_figure("the same on all " + figure(spin["all_cpus"]["cpus"]) + " CPUs at once",
                 figure(spin["all_cpus"]["slowdown"]) + " x as long");
  if (!wakeup.is_null())
    print_figure("waking a thread on another CPU",
                 format_ns(wakeup["median_ns"]) + ", 99th percentile " + format_ns(wakeup["p99_ns"]));
  print_figure("reading the clock", format_ns(measured["clock"]["cost_ns"]) + ", its tick is " +
                                        format_ns(measured["clock"]["tick_ns"]));
  print_figure("covariates, for each sample",
               format_ns(measured["covariates"]["median_ns"]) + ", outside of the timed region");
  const auto& others = measured["others"]["cpus"];
  print_figure("other processes", others.is_null() ? "not readable" : figure(others) + " CPUs");
  const auto& steal = measured["steal_share"];
  print_figure("taken by the host (steal)", steal.is_null() ? "not readable" : percentage(steal));
}

void print_findings(const std::vector<Finding>& findings) {
  std::cout << "\n"
            << (findings.empty() ? "Nothing found that would disturb a measurement." : "Findings") << "\n";
  for (const auto& finding : findings) {
    const bool warning = finding.severity == Finding::Severity::kWarning;
    std::cout << "\n  " << (warning ? "warning  " : "note     ") << finding.what << "\n"
              << "    effect:  " << finding.effect << "\n"
              << "    fix:     " << finding.remedy << "\n";
  }
}

// What a job of continuous integration can log, to see what its runner was worth: by how much the slowest of a hundred
// equal pieces of computing exceeded the middle one, in per cent. Waking a thread stands beside it, and is not in it.
void print_score(const Json& measured) {
  const auto& spin = measured["spin"];
  const auto& wakeup = measured["wakeup"];
  const double score = 100 * (spin["p99_over_median"].get<double>() - 1);
  constexpr double kCalm = 2, kUsable = 10;
  const std::string meaning = score < kCalm     ? "calm: changes of 2 % can be seen in some rounds"
                              : score < kUsable ? "usable: small changes take many rounds"
                                                : "disturbed: breakeven doctor says by what";
  std::cout << "score " << figure(score) << " (99th percentile of a fixed spin above its median, %; CV "
            << percentage(spin["cv"]);
  if (!wakeup.is_null()) {
    std::cout << "; a wake-up " << format_ns(wakeup["median_ns"]) << ", 99th percentile "
              << figure(wakeup["p99_ns"].get<double>() / wakeup["median_ns"].get<double>()) << " x that";
  }
  std::cout << "): " << meaning << "\n";
}

// On a terminal the step's line gives way to the next; elsewhere each stays.
void announce(const std::string& step) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  std::fprintf(stderr, terminal ? "\r\033[Kmeasuring %s" : "measuring %s\n", step.c_str());
}

enum class Form { kWords, kJson, kScore };

int examine(bool quick, Form form, const std::string& executable) {
  const auto& effort = quick ? kQuick : kThorough;
  Json context = machine_context(executable);  // first: the load average must not be our own
  std::fprintf(stderr, "doctor: this takes about %.0f s\n", effort.seconds());
  const Json measured = measure_disturbances(effort, announce);
  if (::isatty(STDERR_FILENO) == 1) std::fputs("\r\033[K", stderr);
  if (form == Form::kScore) {
    print_score(measured);
    return kExitOk;
  }
  const auto findings = find_disturbances(context, measured);
  if (form == Form::kJson) {
    context["breakeven"]["findings"] = to_json(findings);
    std::cout << Json{{"context", context}, {"measured", measured}}.dump(2) << "\n";
    return kExitOk;
  }
  print_machine(context["breakeven"]["machine"]);
  print_measured(measured);
  print_findings(findings);
  return kExitOk;
}

}  // namespace

Subcommand add_doctor(CLI::App& app, const Invocation& invocation) {
  struct Flags {
    bool json = false, quick = false, score = false;
    std::string hosts;
  };
  auto flags = std::make_shared<Flags>();
  auto* command = app.add_subcommand("doctor", kDescription);
  auto* json = command->add_flag("--json", flags->json, "as one JSON object on standard output");
  command->add_flag("--score", flags->score, "one line: how even computing is here, in per cent")
      ->excludes(json);
  command->add_flag("--quick", flags->quick, "measure for some 2 s only; rare disturbances may not show");
  command
      ->add_option(
          "--hosts", flags->hosts,
          "does each host answer, with the same program, and what does a message to it cost; exit code 1 "
          "where one cannot be used (docs/clusters.md)")
      ->type_name("FILE");
  return {command, [flags, &invocation] {
            if (!flags->hosts.empty()) return examine_hosts(flags->hosts, flags->json);
            const auto form = flags->json ? Form::kJson : flags->score ? Form::kScore : Form::kWords;
            return examine(flags->quick, form, invocation.executable);
          }};
}

}  // namespace breakeven
