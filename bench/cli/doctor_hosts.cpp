#include "bench/cli/doctor_hosts.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "backends/contract/error.h"
#include "bench/cli/commands.h"
#include "bench/doctor/hosts_rules.h"
#include "bench/plan/catalogue.h"
#include "bench/process/supervisor.h"
#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

constexpr std::chrono::seconds kAnswer{15}, kMeasure{120};
constexpr std::string_view kResult = "{\"breakeven_link\":";

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "";
  return plain(text.substr(text.find_last_of('\n', end) + 1, end - text.find_last_of('\n', end)));
}

std::string why(const Ended& ended) {
  std::string reason = ended.timed_out     ? "it did not answer in time"
                       : ended.signal != 0 ? "ended by signal " + std::to_string(ended.signal)
                                           : "exit code " + std::to_string(ended.exit_code);
  const auto said = last_line(ended.err.empty() ? ended.out : ended.err);
  return said.empty() ? reason : reason + "; it said: " + said;
}

struct Reached {
  std::string host, failure;  // empty: it answers
  double seconds = 0;
};

// Each host but this one, by the agent of the hosts file.
std::vector<Reached> reach(Supervisor& supervisor, const Hosts& hosts) {
  std::vector<Reached> all;
  for (std::size_t i = 1; i < hosts.list().size(); ++i) {
    auto words = hosts.agent();
    words.insert(words.end(), {hosts.list()[i].name, "true"});
    std::fprintf(stderr, "asking %s\n", hosts.list()[i].name.c_str());
    Reached one{.host = hosts.list()[i].name, .failure = {}};
    try {
      const Ended ended = supervisor.run({.words = words, .env = {}, .deadline = kAnswer});
      one.seconds = std::chrono::duration<double>(ended.wall).count();
      if (ended.interrupted) one.failure = "interrupted";
      if (ended.timed_out || ended.signal != 0 || ended.exit_code != 0) one.failure = why(ended);
    } catch (const std::system_error& error) {
      one.failure = error.what();
    }
    all.push_back(std::move(one));
  }
  return all;
}

// One rank a host, started as the backend starts its own.
Json measure_links(Supervisor& supervisor, const Catalogue& catalogue, const CatalogueEntry& entry) {
  Case c;
  c.backend = entry.name;
  c.workers = c.nodes = catalogue.hosts().count();
  const Setup setup = setup_of(c, parse_options(entry.name, ",help=on", entry.options));
  const auto launch = entry.launcher(c, setup, catalogue.hosts());
  Command command{.words = catalogue.with_interpreter(launch.words), .env = entry.traits(setup).env};
  for (const auto& [name, value] : launch.env) command.env[name] = value;
  command.words.insert(command.words.end(), entry.link.begin(), entry.link.end());
  command.words.push_back(Json{{"deadline_s", std::chrono::duration<double>(kMeasure).count()}}.dump());
  command.deadline = kMeasure;
  command.end_signal = entry.end.signal;
  command.end_grace = std::chrono::seconds(2);
  std::fprintf(stderr, "measuring the links by %s, some 5 s each\n", entry.name.c_str());
  const Ended ended = supervisor.run(command);
  const auto at = ended.out.find(kResult);
  if (ended.exit_code != 0 || ended.signal != 0 || ended.timed_out || at == std::string::npos)
    throw UsageError("doctor --hosts: the links cannot be measured: " + why(ended));
  return parse_json(ended.out.substr(at, ended.out.find('\n', at) - at), "link").at("breakeven_link");
}

void print_links(const Json& measured) {
  std::printf("\n%-20s %10s %10s %12s %10s %12s  %s\n", "to", "64 KiB", "1 MiB", "bandwidth", "latency",
              "overhead", "over");
  for (const auto& link : measured.at("links")) {
    const auto time = [](double seconds) { return format_ns(seconds * 1e9); };
    const Json& half = link.at("half_round_trip_s");
    std::printf(
        "%-20s %10s %10s %12s %10s %12s  %s\n",
        measured.at("hosts").at(link.at("to").get<std::size_t>()).at("host").get<std::string>().c_str(),
        time(half.at("65536")).c_str(), time(half.at("1048576")).c_str(),
        (figure(8e-9 / link.at("wire_s_per_byte").get<double>()) + " Gb/s").c_str(),
        time(link.at("latency_s")).c_str(), time(link.at("overhead_s")).c_str(),
        link.at("interface").get<std::string>().c_str());
  }
  std::printf(
      "(one way; overhead is the CPU time of a message at either end, and %s a KiB)\n",
      format_ns(measured.at("links").front().at("cpu_s_per_byte").get<double>() * 1e9 * 1024).c_str());
}

void print_findings(const std::vector<Finding>& findings) {
  std::cout << "\n"
            << (findings.empty() ? "Nothing found that would disturb a measurement." : "Findings") << "\n";
  for (const auto& finding : findings) {
    std::cout << "\n  " << (finding.severity == Finding::Severity::kWarning ? "warning  " : "note     ")
              << finding.what << "\n    effect:  " << finding.effect << "\n    fix:     " << finding.remedy
              << "\n";
  }
}

Json reached_json(const std::vector<Reached>& reached) {
  Json list = Json::array();
  for (const auto& one : reached) {
    list.push_back({{"host", one.host},
                    {"seconds", one.seconds},
                    {"failure", one.failure.empty() ? Json() : Json(one.failure)}});
  }
  return list;
}

const CatalogueEntry& entry_with_link(const Catalogue& catalogue) {
  std::string unavailable;
  for (const auto& entry : catalogue.entries()) {
    if (entry.link.empty() || !entry.launcher) continue;
    unavailable = catalogue.why_unavailable(entry);
    if (unavailable.empty()) return entry;
  }
  throw UsageError("doctor --hosts: " +
                   (unavailable.empty()
                        ? "no backend of this installation spans hosts; make clusters adds mpi"
                        : unavailable));
}

}  // namespace

int examine_hosts(const std::string& given, bool json) {
  Catalogue catalogue;
  catalogue.add_installed_manifests();
  catalogue.use(Hosts::given(given));
  if (catalogue.hosts().count() < 2)
    throw UsageError("--hosts " + given + ": names one host; a link has two ends");
  const auto& entry = entry_with_link(catalogue);
  Supervisor supervisor;
  const auto reached = reach(supervisor, catalogue.hosts());
  const bool all = std::ranges::all_of(reached, [](const Reached& one) { return one.failure.empty(); });
  Json measured = {{"hosts", Json::array()}, {"links", Json::array()}};
  std::vector<Finding> findings;
  if (all) {
    measured = measure_links(supervisor, catalogue, entry);
    findings = find_in_hosts(measured, !catalogue.hosts().network().empty());
  }
  if (json) {
    measured["given"] = catalogue.hosts().to_json();
    measured["reached"] = reached_json(reached);
    measured["findings"] = to_json(findings);
    std::cout << Json{{"breakeven_link", measured}}.dump(2) << "\n";
    return all ? kExitOk : kExitSampleFailed;
  }
  for (const auto& one : reached) {
    std::cout << one.host << ": "
              << (one.failure.empty() ? "answers after " + format_ns(one.seconds * 1e9)
                                      : "cannot be used: " + one.failure)
              << "\n";
  }
  if (!all) return kExitSampleFailed;
  std::cout.flush();
  print_links(measured);
  std::fflush(stdout);
  print_findings(findings);
  return kExitOk;
}

}  // namespace breakeven
