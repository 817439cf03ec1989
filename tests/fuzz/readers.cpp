#include "tests/fuzz/readers.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "backends/contract/error.h"
#include "bench/installation/home.h"
#include "bench/machine/machine.h"
#include "bench/plan/manifest.h"
#include "bench/plan/run_plan.h"
#include "bench/record/header.h"
#include "bench/record/journal.h"
#include "bench/record/replay.h"
#include "bench/record/results.h"
#include "bench/record/rows.h"
#include "bench/summary/summary.h"
#include "bench/text/units.h"
#include "tests/cpp/some_record.h"

namespace breakeven::fuzz {
namespace {

using test::some_record;

constexpr unsigned kCores = 2;

Case some_case() {
  Case c;
  c.workload = "compute";
  c.backend = "openmp,schedule=dynamic";
  c.workers = 2;
  c.shape.tasks = 300;
  c.shape.in_bytes = 4096;
  c.shape.cost = 1000;
  c.cost_label = "20us";
  c.cost_ns = 20000.5;
  return c;
}

Record lost_record() {
  return failed_record("lost", "1 task(s) lost",
                       {{"losses", {{{"task", 7}, {"worker", 1}, {"signal", 9}, {"exit_code", 0}}}}});
}

// The installed suites that need no manifest.
std::vector<std::string> suites() {
  std::vector<std::string> texts;
  for (const auto& name : installed_suites()) {
    const auto text = read_text_file(home("suites") / (name + ".json"));
    if (text.find("py_") == std::string::npos) texts.push_back(parse_json(text, name).dump());
  }
  return texts;
}

std::string some_manifest() {
  return R"({"breakeven_manifest": 1, "defaults": {"variants": [""], "nodes": [{"when": {"pool": "warm"}, "most": 4}, {"most": 1}], "session": {"start": ["x", "{hosts}"], "ready": "at ", "end": {"signal": "SIGINT"}}, "launcher": [{"when": {"hosts": "shell"}, "words": ["x", "{ranks}"], "env": {"A": "{network}"}}, {"words": ["y"]}], "options": [{"name": "all", "values": ["c"]}],
"skip": [{"when": {"pool": "cold"}, "reason": "never cold"}]}, "backends": [{"name": "my_pool", "summary": "s", "command": ["./my_cell", "-x"],
"baseline": "serial", "options": [{"name": "mode", "values": ["a", "b"], "help": "h"}], "variants": ["", ",mode=b"],
"workloads": ["factorize"], "dispatch": ["map"], "max_workers": 64, "env": {"KEY": "value"}, "probe": ["./my_cell"],
"skip": [{"when": {"mode": "b"}, "unless": {"chunk": "default"}, "reason": "b has no chunks"}], "processes": true}]})";
}

RunPlan some_plan() {
  RunPlan plan;
  plan.suite = "fuzz";
  plan.context = machine_context("/dev/null");
  plan.results = "results.json";
  plan.builds = {{.name = "head", .executable = "/dev/null", .extra = 0}};
  plan.cases = {{.c = some_case(), .role = Role::kCase, .baseline = "serial", .timing = {}}};
  plan.cases.push_back(plan.cases.front());
  plan.cases.back().c.backend = "serial";
  plan.cases.back().role = Role::kBaseline;
  return plan;
}

std::string some_journal() {
  const RunPlan plan = some_plan();
  const std::string block = "b", build = "head";
  const Slot slot;
  const auto line = [](const char* kind, const Json& entry) { return Json{{kind, entry}}.dump() + "\n"; };
  std::string text = line("journal", journal_header(plan)) + line("session", to_json(plan.session));
  for (unsigned round = 0; round < 3; ++round) {
    for (const auto& planned : plan.cases) {
      const Taking taking{.planned = planned,
                          .slot = slot,
                          .block = block,
                          .build = build,
                          .round = round,
                          .sequence = round};
      text += round == 2 ? line("failure", failure_entry(taking, lost_record()))
                         : line("sample", sample_row(taking, some_record()));
    }
  }
  return text + line("end", {{"interrupted", false}, {"wall_s", 1.5}, {"timed_fraction", 0.9}});
}

void read_units(const std::string& text) {
  const auto attempt = [&text](auto parse) {
    try {
      parse(text);
    } catch (const UsageError&) {
    }
  };
  attempt(parse_seconds);
  attempt(parse_bytes);
  attempt(parse_fraction);
  attempt(parse_count);
}

// The lines with the checksums that fit what damage has made of them, so that what reads behind the
// checksum is tried.
std::string sealed(const std::string& text) {
  std::istringstream lines(text);
  std::string sealed;
  for (std::string line; std::getline(lines, line);) sealed += journal_line(line.empty() ? "{" : line) + "\n";
  return sealed;
}

// All that `recover` and `run --resume` read of it.
void read_whole_journal(const std::string& folder, const std::string& text) {
  const auto path = folder + "/journal.jsonl";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  derive_results(path, folder + "/results.json");
  results_name(path);
  events_of(path, plan_of_journal(folder, "/dev/null"));
}

// What a run of the journal leaves.
std::string some_results(const std::string& folder) {
  const auto path = folder + "/journal.jsonl";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << sealed(some_journal());
  derive_results(path, folder + "/results.json");
  return read_text_file(folder + "/results.json");
}

}  // namespace

// One for all texts: it remembers which cell commands can run.
const Catalogue& installed_catalogue() {
  static const Catalogue catalogue = [] {
    Catalogue all;
    all.add_installed_manifests();
    return all;
  }();
  return catalogue;
}

std::vector<Reader> readers(const std::string& folder) {
  const Request request{.c = some_case(),
                        .build = "head",
                        .iterations = 3,
                        .batch = 2,
                        .timing = {},
                        .deadline_s = 60,
                        .extra = 0.05,
                        .sampling = {},
                        .cpus = {}};
  std::vector<Reader> all = {
      {"request",
       {to_json(request).dump()},
       [](const std::string& text) { to_json(request_from_json(parse_json(text, "request"))).dump(); }},
      {"record",
       {record_line(some_record()), record_line(lost_record()),
        "chatter\n" + record_line(some_record()) + "\n"},
       [](const std::string& text) {
         if (const auto record = find_record(text)) record_line(*record);
       }},
      {"suite", suites(),
       [](const std::string& text) {
         expand(parse_suite(text, "suite.json"), installed_catalogue(), kCores);
       }},
      {"manifest",
       {some_manifest()},
       [](const std::string& text) {
         Catalogue catalogue;
         catalogue.add_manifest(text, "manifest.json");
       }},
      {"hosts",
       {R"({"breakeven_hosts": 1, "agent": ["ssh", "-q"], "network": "10.0.0.0/8", "link": "a", "hosts": [{"name": "a", "slots": 2}, {"name": "b"}]})"},
       [](const std::string& text) { Hosts::from_text(text, "hosts.json").to_json().dump(); }},
      {"units", {"20us", "1.5ms", "4KiB", "1GiB", "5%", "0.05", "100k", "10M"}, read_units},
      {"journal",
       {some_journal()},
       [folder](const std::string& text) { read_whole_journal(folder, sealed(text)); }},
      {"result file",
       {some_results(folder)},
       [folder](const std::string& text) {
         const auto path = folder + "/read.json";
         std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
         const ResultFile file = read_result_file(path);
         std::ostringstream out;
         print_summary(out, file, 80);
         summary_json(file);
       }},
      {"torn journal",
       {sealed(some_journal())},
       [folder](const std::string& text) { read_whole_journal(folder, text); }},
  };
  return all;
}

}  // namespace breakeven::fuzz
