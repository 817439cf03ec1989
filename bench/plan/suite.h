// A suite: what to run, as people write it in bench/suites/*.json, and its cases on a given machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/plan/catalogue.h"
#include "bench/plan/protocol.h"
#include "bench/plan/set_aside.h"

namespace breakeven {

// One grid: the cross product of its axes. Values stay text until the machine is known ("2*cores").
struct Grid {
  std::string where;                                     // its place in the file, for messages
  std::map<std::string, std::vector<std::string>> axes;  // by name: those of axes.h
  std::map<std::string, std::string> flags;  // by axis: what set it on the command line, for messages
  Timing timing;
  bool ceiling = true;  // whether its blocks carry the ceiling
  unsigned rounds = 0;  // at most so many of its cases; 0: the suite's
  std::string comment;  // why it is there, for its reader
};

inline constexpr double kMaxDeadlineSeconds = 86'400;

struct Suite {
  std::string name;
  std::string description;
  unsigned rounds = 6;   // at most so many
  double precision = 0;  // stop a case when its interval is so narrow, as a fraction; 0: fixed rounds
  double deadline_s = 60;
  double budget_s = 0;  // no new block starts after it; 0: none
  std::uint64_t seed = 1;
  bool counters = false;                // ask for hardware counters
  std::vector<SetAsideRule> set_aside;  // fixed before anything is measured
  bool drop_losers = false;             // of `measure`: its question is which one wins
  std::vector<Grid> grids;
};

// `name` is a file, or a suite of the installation. It reads the suite's includes too. UsageError has
// the key's path.
Suite load_suite(const std::string& name);
Suite parse_suite(const std::string& text, const std::string& where);
std::vector<std::string> installed_suites();

// Replaces an axis in every grid: "workers=1,2,4". Throws UsageError naming the nearest valid axis.
void override_axis(Suite& suite, const std::string& assignment);

enum class Role { kBaseline, kCeiling, kCase };

template <>
inline constexpr auto kWords<Role> =
    words<Role>("role", {{Role::kBaseline, "baseline"}, {Role::kCeiling, "ceiling"}, {Role::kCase, "case"}});

struct PlannedCase {
  Case c;
  Role role = Role::kCase;
  std::string baseline;  // the backend that its speed-up is computed against
  Timing timing;
  unsigned most_rounds = 0;  // by its grid; 0: the session's
  std::string comment = {};  // its grid's
};

struct SkippedCase {
  Case c;
  std::string reason;
};

struct Expansion {
  std::vector<PlannedCase> cases;  // names are unique; every block has its baseline
  std::vector<SkippedCase> skipped;
};

// The cases on a machine of `cores`. Costs that were written as times stay as labels: see resolve_costs.
Expansion expand(const Suite& suite, const Catalogue& catalogue, unsigned cores);

// The CPUs of a case on this machine, in the order in which workers are bound to them; empty: no pin.
std::vector<int> cpus_of(const Case& c);

}  // namespace breakeven
