// Hosts files, who runs where, the launchers of manifests, the axis of nodes, and what is said of links.
#include "bench/plan/hosts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "backends/contract/error.h"
#include "bench/doctor/hosts_rules.h"
#include "bench/plan/suite.h"

namespace breakeven {
namespace {

std::string two_hosts(const std::string& more = "") {
  return R"({"breakeven_hosts": 1, "hosts": [{"name": "one", "slots": 2}, {"name": "two", "slots": 1}])" +
         more + "}";
}

std::string complaint(const std::string& text) {
  try {
    Hosts::from_text(text, "h.json");
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Hosts, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(complaint(two_hosts()), "");
  const std::pair<std::string, const char*> bad[] = {
      {R"({"breakeven_hosts": 2, "hosts": [{"name": "a"}]})",
       "h.json: breakeven_hosts: this program reads version 1"},
      {R"({"breakeven_hosts": 1, "hosts": []})", "h.json: hosts: expected a list of hosts"},
      {R"({"breakeven_hosts": 1, "hosts": [{"name": "a", "slot": 2}]})", "did you mean \"slots\""},
      {R"({"breakeven_hosts": 1, "hosts": [{"name": "a", "slots": 0}]})", "hosts[0].slots: expected 1 to"},
      {R"({"breakeven_hosts": 1, "hosts": [{"name": "-oProxyCommand=x"}]})",
       "hosts[0].name: expected a host's name"},
      {R"({"breakeven_hosts": 1, "hosts": [{"name": "a b"}]})", "hosts[0].name: expected a host's name"},
      {R"({"breakeven_hosts": 1, "hosts": [{"name": "a"}, {"name": "a"}]})", "a stands twice"},
      {two_hosts(R"(, "agents": ["ssh"])"), "did you mean \"agent\""},
      {two_hosts(R"(, "agent": [])"), "h.json: agent: names no program"},
      {two_hosts(R"(, "agent": ["ssh", "-o a"])"), "h.json: agent: a word with a space"},
  };
  for (const auto& [text, says] : bad)
    EXPECT_NE(complaint(text).find(says), std::string::npos) << text << " said: " << complaint(text);
}

TEST(Hosts, AnAgentBesideTheFileIsFoundFromIt) {
  EXPECT_EQ(Hosts::from_text(two_hosts(R"(, "agent": ["./go", "x"])"), "/here/h.json").agent(),
            (std::vector<std::string>{"/here/go", "x"}));
}

TEST(Hosts, WorkersGoToHostsInTurnWhileThoseHaveSlots) {
  const auto hosts = Hosts::from_text(two_hosts(), "h.json");
  using Counts = std::vector<unsigned>;
  EXPECT_EQ(hosts.spread(2, 2, 2), (Counts{1, 1}));
  EXPECT_EQ(hosts.spread(3, 3, 2), (Counts{2, 1}));
  EXPECT_EQ(hosts.spread(3, 4, 2), (Counts{3, 1})) << "the rank beyond the workers is the first host's";
  EXPECT_EQ(hosts.spread(6, 6, 2), (Counts{3, 3})) << "no slot is left: in turn";
  EXPECT_EQ(hosts.spread(5, 5, 1), (Counts{5}));
  EXPECT_EQ(hosts.slots(1), 2U);
  EXPECT_EQ(hosts.slots(2), 3U);
  EXPECT_EQ(Hosts().spread(3, 4, 1), (Counts{4}));
}

TEST(Hosts, AHostFileNamesAHostOnceForEachRank) {
  std::string path;
  {
    const auto hosts = Hosts::from_text(two_hosts(), "h.json");
    path = hosts.host_file({2, 1});
    std::ifstream file(path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "one\none\ntwo\n");
  }
  EXPECT_FALSE(std::filesystem::exists(path)) << "it goes with the hosts";
}

TEST(Hosts, AResultKnowsThemButNotWhatStartsCommands) {
  const auto json =
      Hosts::from_text(two_hosts(R"(, "agent": ["secret"], "network": "10.0.0.0/8", "link": "a wire")"),
                       "h.json")
          .to_json();
  EXPECT_EQ(json.at("link"), "a wire");
  EXPECT_EQ(json.dump().find("secret"), std::string::npos);
  EXPECT_TRUE(Hosts().to_json().is_null());
}

constexpr const char* kManifest = R"({"breakeven_manifest": 1, "backends": [
  {"name": "far", "command": ["/cell"], "nodes": 4, "ranks": "workers+1",
   "launcher": [
     {"when": {"hosts": "slurm"}, "words": ["srun", "--nodelist={names}"]},
     {"when": {"hosts": "shell"}, "words": ["start", "-n", "{ranks}", "{hosts}", "{per_node}", "{nodes}", "{network}"],
      "env": {"AGENT": "{agent}", "NET": "{network}", "PLAIN": "x"}},
     {"words": ["start", "{workers}"]}],
   "session": {"when": {"mode": "standing"}, "start": ["cluster", "--hosts={hosts}"], "ready": "at "},
   "options": [{"name": "mode", "values": ["made", "standing"], "help": ""}]},
  {"name": "near", "command": ["/cell"], "nodes": [{"when": {"workers": 2}, "most": 2}, {"most": 1}]}]})";

Catalogue catalogue_with(const std::string& more = "") {
  Catalogue catalogue;
  catalogue.add_manifest(kManifest, "m.json");
  catalogue.use(Hosts::from_text(two_hosts(more), "h.json"));
  return catalogue;
}

Launch launch(const Catalogue& catalogue, unsigned workers, unsigned nodes) {
  const auto backend = catalogue.resolve("far");
  Case c;
  c.workers = workers;
  c.nodes = nodes;
  return backend.entry->launcher(c, setup_of(c, backend.options), catalogue.hosts());
}

TEST(Launcher, PlacesStandForWhoRunsWhere) {
  const auto catalogue = catalogue_with(R"(, "agent": ["ssh", "-q"], "network": "10.0.0.0/8")");
  const auto two = launch(catalogue, 3, 2);
  EXPECT_EQ(two.words, (std::vector<std::string>{"start", "-n", "4", "one:3,two:1", "3", "2", "10.0.0.0/8"}));
  EXPECT_EQ(two.env,
            (std::map<std::string, std::string>{{"AGENT", "ssh -q"}, {"NET", "10.0.0.0/8"}, {"PLAIN", "x"}}));
  EXPECT_EQ(launch(catalogue, 3, 1).words, (std::vector<std::string>{"start", "3"})) << "as without hosts";
}

TEST(Launcher, AWordWithoutAValueIsLeftOut) {
  const auto two = launch(catalogue_with(), 2, 2);
  EXPECT_EQ(two.words, (std::vector<std::string>{"start", "-n", "3", "one:2,two:1", "2", "2"}));
  EXPECT_FALSE(two.env.contains("NET"));
}

TEST(Launcher, AClusterStandsForSomeCasesOnly) {
  const auto catalogue = catalogue_with();
  const auto start = [&](const std::string& spec) {
    const auto backend = catalogue.resolve(spec);
    Case c;
    c.workers = c.nodes = 2;
    return backend.entry->cluster(c, setup_of(c, backend.options), catalogue.hosts());
  };
  EXPECT_FALSE(start("far"));
  ASSERT_TRUE(start("far,mode=standing"));
  EXPECT_EQ(start("far,mode=standing")->launch.words,
            (std::vector<std::string>{"cluster", "--hosts=one:1,two:1"}));
}

TEST(Launcher, RefusesRulesThatCannotBeMeant) {
  const std::pair<const char*, const char*> bad[] = {
      {R"("launcher": [{"when": {"hosts": "shell"}, "words": ["x"]}])", "the last rule must hold always"},
      {R"("launcher": [{"when": {"host": "shell"}, "words": ["x"]}, {"words": ["x"]}])",
       "did you mean \"hosts\""},
      {R"("launcher": [{"words": ["x", "{node}"]}])", "did you mean \"{nodes}\""},
      {R"("launcher": [{"words": ["x"], "env": {"A": "{ranx}"}}])", "did you mean \"{ranks}\""},
      {R"("nodes": 0)", "nodes: expected 1 to 1024"},
      {R"("session": {"start": ["x"], "ready": ""})", "session.ready: is empty"},
      {R"("session": {"start": ["x"], "ready": "y", "stop": 1})", "session: unknown key \"stop\""},
  };
  for (const auto& [keys, says] : bad) {
    std::string said;
    try {
      Catalogue().add_manifest(R"({"breakeven_manifest": 1, "backends": [{"name": "x", "command": ["x"], )" +
                                   std::string(keys) + "}]}",
                               "m.json");
    } catch (const UsageError& error) {
      said = error.what();
    }
    EXPECT_NE(said.find(says), std::string::npos) << keys << " said: " << said;
  }
}

Expansion expanded(const Catalogue& catalogue, const std::string& keys) {
  const auto text =
      R"({"suite": "s", "grids": [{"workload": "factorize", "tasks": 10, "ceiling": false, )" + keys + "}]}";
  return expand(parse_suite(text, "s.json"), catalogue, 2);
}

std::vector<std::string> names_of(const Expansion& expansion) {
  std::vector<std::string> names;
  for (const auto& planned : expansion.cases) {
    if (planned.role == Role::kCase) names.push_back(planned.c.name());
  }
  return names;
}

TEST(Nodes, AllSlotsOfTheHostsOfACase) {
  const auto expansion =
      expanded(catalogue_with(), R"("backends": "far", "workers": "slots", "nodes": "doubling")");
  EXPECT_EQ(names_of(expansion),
            (std::vector<std::string>{"factorize/tasks=10/in=0/out=0/far/workers=2/map",
                                      "factorize/tasks=10/in=0/out=0/far/workers=3/map/nodes=2"}));
}

TEST(Nodes, WeakScalingGrowsWithThem) {
  const auto text =
      R"({"suite": "s", "grids": [{"workload": "factorize", "tasks_per_worker": 10, "ceiling": false,
                        "backends": "far", "workers": "slots", "nodes": "all"}]})";
  const auto expansion = expand(parse_suite(text, "s.json"), catalogue_with(), 2);
  EXPECT_EQ(expansion.cases.back().c.shape.tasks, 30U);
}

TEST(Nodes, WhatCannotBeSpreadIsSkippedWithTheReason) {
  const auto reason = [](const Catalogue& catalogue, const std::string& keys) {
    const auto expansion = expanded(catalogue, keys);
    return expansion.skipped.empty() ? "" : expansion.skipped.front().reason;
  };
  const auto catalogue = catalogue_with();
  EXPECT_EQ(reason(catalogue, R"("backends": "thread_pool", "workers": 2, "nodes": 2)"),
            "it uses 1 host, and the case asks for 2");
  EXPECT_EQ(reason(catalogue, R"("backends": "far", "workers": 4, "nodes": 4)"),
            "the case asks for 4 hosts, and 2 are named by --hosts");
  EXPECT_EQ(reason(catalogue, R"("backends": "far", "workers": 1, "nodes": 2)"),
            "1 worker cannot be on 2 hosts");
  EXPECT_EQ(reason(catalogue, R"("backends": "near", "workers": 2, "nodes": 2)"), "");
  EXPECT_EQ(reason(catalogue, R"("backends": "near", "workers": 3, "nodes": 2)"),
            "it uses 1 host, and the case asks for 2");
  Catalogue alone;
  alone.add_manifest(kManifest, "m.json");
  EXPECT_NE(reason(alone, R"("backends": "far", "workers": 2, "nodes": 2)").find("name them by --hosts FILE"),
            std::string::npos);
}

Json measured() {
  return Json::parse(R"({"hosts": [
      {"host": "a", "program": "1 x", "mpi": "M 4", "quota_cpus": null, "load": {"average": [0.0, 0.0, 0.0]},
       "governors": ["performance"], "addresses": [{"interface": "eth0", "address": "10.0.0.1"}]},
      {"host": "b", "program": "1 x", "mpi": "M 4", "quota_cpus": null, "load": {"average": [0.0, 0.0, 0.0]},
       "governors": ["performance"], "addresses": [{"interface": "eth0", "address": "10.0.0.2"}]}],
    "links": [{"from": 0, "to": 1, "wire_s_per_byte": 1e-10, "interface": "eth0"}]})");
}

std::vector<std::string> found_in(const Json& measured, bool network_given = false) {
  std::vector<std::string> ids;
  for (const auto& finding : find_in_hosts(measured, network_given)) ids.push_back(finding.id);
  return ids;
}

TEST(HostsRules, SayNothingOfHostsThatAreAlike) { EXPECT_TRUE(found_in(measured()).empty()); }

TEST(HostsRules, EachNamesItsHost) {
  auto other = measured();
  other["hosts"][1]["program"] = "2 y";
  other["hosts"][1]["mpi"] = "M 5";
  other["hosts"][1]["quota_cpus"] = 0.2;
  other["hosts"][1]["load"]["average"][0] = 3.0;
  other["hosts"][1]["governors"] = {"powersave"};
  other["links"][0]["wire_s_per_byte"] = 1e-7;
  EXPECT_EQ(found_in(other), (std::vector<std::string>{"different_program", "different_mpi", "host_quota",
                                                       "host_load", "host_governor", "slow_link"}));
  for (const auto& finding : find_in_hosts(other, false))
    EXPECT_NE(finding.what.find('b'), std::string::npos);
}

TEST(HostsRules, AnAddressOfTwoHostsIsAWarningUnlessTheFileNamesTheNetwork) {
  auto twice = measured();
  for (auto& host : twice["hosts"])
    host["addresses"].push_back({{"interface", "docker0"}, {"address", "172.17.0.1"}});
  const auto found = find_in_hosts(twice, false);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().severity, Finding::Severity::kWarning);
  EXPECT_NE(found.front().what.find("172.17.0.1 (docker0)"), std::string::npos);
  EXPECT_EQ(find_in_hosts(twice, true).front().severity, Finding::Severity::kNote);
}

}  // namespace
}  // namespace breakeven
