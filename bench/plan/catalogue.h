// All backends that a run can use: those built in, and those of cell commands that a manifest names.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/backend.h"
#include "bench/installation/interpreters.h"
#include "bench/plan/case.h"
#include "bench/plan/hosts.h"

namespace breakeven {

// The option by which an entry's command {python} is another interpreter; its first value is the usual one.
inline constexpr std::string_view kInterpreterOption = "python";

// The yardstick that every block has beside its baseline: what this machine can give. It is not a rival.
inline constexpr std::string_view kCeilingBackend = "ceiling";

// What a cell cannot do is skipped, with the reason.
struct Abilities {
  bool pin = true, cold = true, counters = true, extra = true;
};

// How a cell is asked to end before it is killed; signal 0: not at all.
struct EndRequest {
  int signal = 0;
  double grace_s = 0;
};

// What starts a case's processes: words before the cell's own, and what its environment has besides.
struct Launch {
  std::vector<std::string> words;
  std::map<std::string, std::string> env;
};
using Launcher = std::function<Launch(const Case&, const Setup&, const Hosts&)>;

// A cluster that stands beside the samples of a backend.
struct ClusterStart {
  Launch launch;
  std::string
      ready;  // how the line of its standard output begins that says that it stands; the rest is for the cell
  EndRequest end;
  double start_s = 30;  // in which it must stand
};
using ClusterStarter = std::function<std::optional<ClusterStart>(const Case&, const Setup&, const Hosts&)>;

// The most hosts that a backend can use for a case.
using NodeLimit = std::function<unsigned(const Case&, const Setup&)>;

struct CatalogueEntry {
  std::string name;
  std::string summary;
  OptionSchema options;
  std::vector<std::string> variants;
  std::function<Traits(const Setup&)> traits;
  std::function<std::optional<std::string>(const Case&, const Setup&)> unsupported;
  std::vector<std::string> command;   // of the cell; empty: this program's own
  std::vector<std::string> prefixes;  // of workloads that its cell describes, such as "python/"
  std::vector<std::string> probe;     // command that exits with 0 where it can run; empty: it always can
  std::string unavailable;            // why it can never run, or empty; ask Catalogue::why_unavailable
  Abilities can;
  EndRequest end;
  Launcher launcher = {};       // empty: the cell is started by itself
  ClusterStarter cluster = {};  // empty: it needs none
  NodeLimit nodes = {};         // empty: one
  std::vector<std::string> link =
      {};  // command behind the launcher that measures links (docs/clusters.md); empty: none

  Setup default_setup() const;  // of its plain name: each option has its default
};

struct ResolvedBackend {
  const CatalogueEntry* entry;
  Options options;
  std::string canonical;
};

// Built once, then only read. Not thread-safe: it remembers what probes answered. Pointers into it stay valid
// while it lives.
class Catalogue {
 public:
  Catalogue();

  // A manifest of the installation or of --backend-manifest. A suite or result file can never name a command.
  // Throws UsageError with the key's path.
  void add_manifest(const std::string& path);
  void add_manifest(const std::string& text, const std::string& path);  // its text, and where it lies
  void add_installed_manifests();

  // Those of the command line; before a suite is expanded.
  void use(Hosts hosts) { hosts_ = std::move(hosts); }
  const Hosts& hosts() const { return hosts_; }

  const std::vector<CatalogueEntry>& entries() const { return entries_; }
  ResolvedBackend resolve(const std::string& spec) const;  // throws UsageError naming the nearest valid word
  std::vector<std::string> all_variants() const;           // what "all" stands for: no baselines, no ceiling
  // The words of a command, with {python} as the interpreter that the options name (`python=3.14t`), or the one that this
  // machine has. Throws UsageError where it has none.
  std::vector<std::string> with_interpreter(std::vector<std::string> words,
                                            const Options& options = {}) const;
  // Why it cannot run on this machine, or empty. Runs its probe the first time: ask only about what is used.
  std::string why_unavailable(const CatalogueEntry& entry, const Options& options = {}) const;
  // Why another interpreter than the usual one cannot run a workload that cells describe, such as for want of a module; or empty.
  std::string why_not_there(const CatalogueEntry& entry, const Options& options,
                            const std::string& workload) const;

  // The interpreters that the option `python` names, instead of those on PATH.
  void use(std::vector<Interpreter> interpreters);
  const std::vector<Interpreter>& interpreters() const;  // looks on PATH the first time

 private:
  void add_entries(const std::string& text, const std::string& path);
  void check_baselines(std::size_t first, const std::string& path) const;  // of the entries from there on

  void name_interpreters(std::vector<Interpreter> interpreters) const;

  mutable std::vector<CatalogueEntry> entries_;  // their option `python` gets its values once somebody asks
  mutable std::optional<std::vector<Interpreter>> interpreters_;
  Hosts hosts_;
  mutable std::string python_;                                      // once it was asked for
  mutable std::map<std::vector<std::string>, std::string> probed_;  // command to reason
};

// The name before the options of a backend's spelling: "fork_pool" of "fork_pool/pipe,help=off".
std::string backend_family(const std::string& spec);

// What the backend's factory needs to judge or make the case. `options` must be complete.
Setup setup_of(const Case& c, Options options);

}  // namespace breakeven
