#include "bench/doctor/hosts_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

using enum Finding::Severity;

std::string text_at(const Json& host, const char* key) {
  const Json& value = host.value(key, Json());
  return value.is_string() ? value.get<std::string>() : "";
}

// What the others have otherwise than the first host.
void add_differences(const Json& hosts, const char* key, const std::string& what, const std::string& effect,
                     const std::string& remedy, std::vector<Finding>& findings) {
  const auto first = text_at(hosts.front(), key);
  for (const auto& host : hosts) {
    const auto own = text_at(host, key);
    if (own == first) continue;
    std::string fact = text_at(host, "host");
    fact.append(" has another ").append(what).append(" (").append(own).append(") than ");
    fact.append(text_at(hosts.front(), "host")).append(" (").append(first).append(").");
    findings.push_back({std::string("different_") + key, kWarning, fact, effect, remedy});
  }
}

void add_duplicate_addresses(const Json& hosts, bool network_given, std::vector<Finding>& findings) {
  std::map<std::string, std::set<std::string>> owners;
  std::map<std::string, std::string> interfaces;
  for (const auto& host : hosts) {
    for (const auto& one : host.value("addresses", Json::array())) {
      owners[text_at(one, "address")].insert(text_at(host, "host"));
      interfaces[text_at(one, "address")] = text_at(one, "interface");
    }
  }
  for (const auto& [address, names] : owners) {
    if (names.size() < 2) continue;
    findings.push_back(
        {"duplicate_address", network_given ? kNote : kWarning,
         counted(names.size(), "host") + " have the address " + address + " (" + interfaces[address] +
             "), as bridges of containers do.",
         "MPI may try to reach a host by an address that is its own, and waits.",
         network_given ? "The hosts file says which network carries messages; nothing is to be done."
                       : "Say in the hosts file which network joins them: \"network\": \"10.0.0.0/24\"."});
  }
}

void add_limits(const Json& hosts, std::vector<Finding>& findings) {
  constexpr double kLeastLoad = 0.3;
  for (const auto& host : hosts) {
    const auto name = text_at(host, "host");
    if (const Json& quota = host.value("quota_cpus", Json()); quota.is_number()) {
      findings.push_back({"host_quota", kWarning,
                          name + " may use " + figure(quota) + " CPUs (a control group's quota).",
                          "Its ranks stop for a part of each 100 ms, and all others wait for them.",
                          "Give it as many slots as that in the hosts file, or lift the quota."});
    }
    const Json load = host.value(Json::json_pointer("/load/average/0"), Json());
    if (load.is_number() && load.get<double>() >= kLeastLoad) {
      findings.push_back({"host_load", kWarning,
                          name + " had a load of " + figure(load) + " in the last minute.",
                          "What runs there takes time from its ranks.", "Measure when it is idle."});
    }
    for (const auto& governor : host.value("governors", Json::array())) {
      if (governor == "performance") continue;
      findings.push_back(
          {"host_governor", kNote, name + " has the governor " + governor.get<std::string>() + ".",
           "Its clock follows its load, a little late.", "cpupower frequency-set -g performance"});
    }
  }
}

// A bandwidth below what the slowest wire of today gives is mostly a wrong interface.
void add_slow_links(const Json& measured, std::vector<Finding>& findings) {
  constexpr double kSlow = 9.5e-9;  // s a byte: 0.84 Gb/s
  for (const auto& link : measured.at("links")) {
    const double per_byte = link.at("wire_s_per_byte");
    if (per_byte < kSlow) continue;
    findings.push_back({"slow_link", kNote,
                        "To " + text_at(measured.at("hosts").at(link.at("to").get<std::size_t>()), "host") +
                            " a byte takes " + figure(per_byte * 1e9) + " ns (" + figure(8e-9 / per_byte) +
                            " Gb/s), over " + text_at(link, "interface") + ".",
                        "Payload costs more than the task from few bytes on.",
                        "Name a faster network in the hosts file, where there is one."});
  }
}

}  // namespace

std::vector<Finding> find_in_hosts(const Json& measured, bool network_given) {
  std::vector<Finding> findings;
  const Json& hosts = measured.at("hosts");
  add_differences(hosts, "program", "program",
                  "Its ranks may compute something else, or not understand the others.",
                  "Install the same build on all hosts, or use a folder that they share.", findings);
  add_differences(hosts, "mpi", "MPI", "Ranks of different versions may fail to connect, or wait.",
                  "Install the same version on all hosts.", findings);
  add_duplicate_addresses(hosts, network_given, findings);
  add_limits(hosts, findings);
  add_slow_links(measured, findings);
  std::ranges::stable_sort(findings, {}, [](const Finding& finding) { return finding.severity != kWarning; });
  return findings;
}

}  // namespace breakeven
