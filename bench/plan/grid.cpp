// Expands a suite's grids into cases on a given machine.
#include <algorithm>
#include <map>
#include <set>

#include "backends/contract/error.h"
#include "bench/machine/machine.h"
#include "bench/machine/pinning.h"
#include "bench/plan/suite.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

constexpr std::uint64_t kMaxCases = 100'000;  // of a grid; an axis too many multiplies
constexpr double kSlotOverhead = 128;         // of memory a task, beside its payload: two cache lines

std::uint64_t at_most(std::uint64_t value, std::uint64_t most, const char* what) {
  if (value > most)
    throw UsageError(std::to_string(value) + " is too many " + what + "; at most " + std::to_string(most));
  return value;
}

// "4", "cores", "2*cores", or "doubling": 1, 2, 4, ... up to twice the cores, and at least to 4.
std::vector<unsigned> workers_from_text(const std::string& text, unsigned cores) {
  if (text == "doubling") {
    std::vector<unsigned> counts;
    for (unsigned n = 1; n <= std::max(4u, 2 * cores); n *= 2) counts.push_back(n);
    if (std::ranges::find(counts, cores) == counts.end()) counts.push_back(cores);
    std::ranges::sort(counts);
    return counts;
  }
  std::uint64_t count = 0;
  if (text == "cores") {
    count = cores;
  } else if (text.ends_with("*cores")) {
    count = parse_count(text.substr(0, text.size() - 6)) * cores;
  } else {
    count = parse_count(text);
  }
  if (count == 0) throw UsageError("0 workers can do nothing; at least 1");
  return {static_cast<unsigned>(at_most(count, kMaxWorkers, "workers"))};
}

void set_payload(Shape& shape, const std::string& text) {
  const auto colon = text.find(':');
  shape.in_bytes = at_most(parse_bytes(text.substr(0, colon)), kMaxBytes, "bytes in one task");
  shape.out_bytes = colon == std::string::npos
                        ? shape.in_bytes
                        : at_most(parse_bytes(text.substr(colon + 1)), kMaxBytes, "bytes");
}

// A plain number is kernel units; anything with a unit is a time, resolved once per run.
void set_cost(Case& c, const std::string& text) {
  if (text.find_first_not_of("0123456789") == std::string::npos) {
    c.shape.cost = parse_count(text);
    c.cost_label.clear();
    return;
  }
  if (const double seconds = parse_seconds(text); seconds <= 0 || seconds > 60)
    throw UsageError("\"" + text + "\" is no time for one task; more than 0, at most 60s");
  const auto* workload = WorkloadRegistry::instance().find(c.workload);
  if (workload && !workload->has_cost)
    throw UsageError(c.workload + "'s cost is no time; give kernel units or leave it out");
  c.shape.cost = 1;  // until it is measured
  c.cost_label = text;
}

void set_workload(Case& c, const std::string& text) {
  if (!WorkloadRegistry::instance().find(text)) {
    std::vector<std::string> names;
    for (const auto& known : WorkloadRegistry::instance().all()) names.push_back(known.name);
    throw UsageError(unknown_word("workload", text, names));
  }
  c.workload = text;
}

void set_skew(Shape& shape, const std::string& text) {
  shape.skew = parse_fraction(text);
  if (shape.skew > kMaxSkew) throw UsageError(text + " is too much skew; at most 8");
}

std::uint64_t tasks_from_text(const std::string& text) {
  const auto tasks = at_most(parse_count(text), kMaxTasks, "tasks");
  if (tasks == 0) throw UsageError("0 tasks measure nothing; at least 1");
  return tasks;
}

class Expander {
 public:
  Expander(const Suite& suite, const Catalogue& catalogue, unsigned cores)
      : suite_(suite), catalogue_(catalogue), cores_(cores), memory_(available_memory()) {}

  Expansion expand() {
    for (const auto& grid : suite_.grids) expand_grid(grid);
    Expansion result;
    result.skipped = std::move(skipped_);
    for (const auto& block : block_order_) {
      auto& cases = blocks_.at(block);
      std::ranges::stable_sort(cases, {}, &PlannedCase::role);  // the baseline, the ceiling, the rivals
      std::ranges::move(cases, std::back_inserter(result.cases));
    }
    return result;
  }

 private:
  // One axis after the other; each value is applied to a copy. An error names the axis and the file.
  template <class Apply>
  std::vector<Case> along(const std::vector<Case>& cases, const Grid& grid, const std::string& axis,
                          const std::vector<std::string>& fallback, Apply apply) {
    const auto found = grid.axes.find(axis);
    const auto& values = found == grid.axes.end() ? fallback : found->second;
    if (values.empty()) return cases;
    std::vector<Case> result;
    for (const auto& c : cases) {
      for (const auto& value : values) {
        try {
          apply(c, value, result);
          at_most(result.size(), kMaxCases, "cases in one grid");
        } catch (const UsageError& error) {
          throw UsageError(place_of(grid, axis) + ": " + error.what());
        }
      }
    }
    return result;
  }

  static std::string place_of(const Grid& grid, const std::string& axis) {
    const auto flag = grid.flags.find(axis);
    return flag == grid.flags.end() ? grid.where + "." + axis : flag->second;
  }

  static auto setting(auto set) {
    return [set](Case c, const std::string& value, std::vector<Case>& result) {
      set(c, value);
      result.push_back(std::move(c));
    };
  }

  void expand_grid(const Grid& grid) {
    Case start;
    start.shape.seed = suite_.seed;
    std::vector<Case> cases = {start};
    cases = along(cases, grid, "workload", {}, setting(set_workload));
    cases = along(cases, grid, "payload", {}, setting([](Case& c, auto& v) { set_payload(c.shape, v); }));
    cases = along(cases, grid, "in_bytes", {}, setting([](Case& c, auto& v) {
                    c.shape.in_bytes = at_most(parse_bytes(v), kMaxBytes, "bytes in one task");
                  }));
    cases = along(cases, grid, "out_bytes", {}, setting([](Case& c, auto& v) {
                    c.shape.out_bytes = at_most(parse_bytes(v), kMaxBytes, "bytes in one task");
                  }));
    cases = along(cases, grid, "cost", {}, setting(set_cost));
    cases = along(cases, grid, "skew", {}, setting([](Case& c, auto& v) { set_skew(c.shape, v); }));
    cases = along(cases, grid, "shared_bytes", {},
                  setting([](Case& c, auto& v) { c.shape.shared_bytes = parse_bytes(v); }));
    cases = along(cases, grid, "workers", {"cores"}, [this](Case c, auto& v, auto& result) {
      for (c.workers = 0; const unsigned count : workers_from_text(v, cores_)) {
        c.workers = count;
        result.push_back(c);
      }
    });
    cases = along(cases, grid, "tasks", {},
                  setting([](Case& c, auto& v) { c.shape.tasks = tasks_from_text(v); }));
    cases = along(cases, grid, "tasks_per_worker", {}, setting([](Case& c, auto& v) {
                    c.shape.tasks = at_most(tasks_from_text(v) * c.workers, kMaxTasks, "tasks");
                    c.weak = true;
                  }));
    cases = along(cases, grid, "pin", {"none"}, setting([](Case& c, auto& v) { c.pin = parse_pin(v); }));
    cases = along(cases, grid, "pool", {"warm"}, setting([](Case& c, auto& v) { c.pool = parse_pool(v); }));
    cases = along(cases, grid, "dispatch", {"map"},
                  setting([](Case& c, auto& v) { c.dispatch = parse_dispatch(v); }));
    cases = along(cases, grid, "chunk", {"default"},
                  setting([](Case& c, auto& v) { c.chunk = v == "default" ? 0 : tasks_from_text(v); }));
    cases = along(cases, grid, "backend", {"all"}, [this](Case c, auto& v, auto& result) {
      for (const auto& spec : v == "all" ? catalogue_.all_variants() : std::vector<std::string>{v}) {
        c.backend = catalogue_.resolve(spec).canonical;
        result.push_back(c);
      }
    });
    for (const auto& c : cases) add(c, grid);
  }

  std::optional<std::string> why_not(const Case& c, const ResolvedBackend& backend) const {
    if (auto reason = catalogue_.why_unavailable(*backend.entry); !reason.empty()) return reason;
    if (const auto reason = WorkloadRegistry::instance().find(c.workload)->unsupported(c.shape)) {
      return c.workload + ": " + *reason;
    }
    const double payload = static_cast<double>(c.shape.tasks) *
                           (static_cast<double>(c.shape.in_bytes + c.shape.out_bytes) + kSlotOverhead);
    if (memory_ != 0 && payload > 0.6 * static_cast<double>(memory_)) {
      return "the payload of " + std::to_string(static_cast<std::uint64_t>(payload / 1048576)) +
             " MiB does not fit into the " + std::to_string(memory_ / 1048576) +
             " MiB of memory that are free";
    }
    return backend.entry->unsupported(c, setup_of(c, backend.options));
  }

  void add(const Case& c, const Grid& grid) {
    const auto backend = catalogue_.resolve(c.backend);
    const auto baseline = baseline_of(c, c.backend);
    auto reason = why_not(c, backend);
    if (!reason) reason = why_same_pin(c, backend);
    if (reason) {
      if (names_.insert(c.name()).second) skipped_.push_back({c, *reason});
      return;
    }
    add_yardstick(c, baseline, 1, Role::kBaseline, grid);
    if (grid.ceiling) {
      add_yardstick(c, baseline_of(c, std::string(kCeilingBackend)), 1, Role::kBaseline, grid);
      add_yardstick(c, std::string(kCeilingBackend), c.workers, Role::kCeiling, grid);
    }
    const bool is_base = backend_family(c.backend) == backend_family(baseline);
    insert(c, is_base ? Role::kBaseline : Role::kCase, baseline, grid);
  }

  // On a small machine several pins can come to the same CPUs: all but the first would be the same
  // experiment.
  std::optional<std::string> why_same_pin(Case c, const ResolvedBackend& backend) {
    const auto pin = c.pin;
    const auto cpus = cpu_list(pinned_cpus(pin, cpus_, c.workers));
    const bool binds =
        c.pool != PoolState::kCold && backend.entry->traits(setup_of(c, backend.options)).binds;
    c.pin = Pin::kNone;
    const bool is_free = pin == Pin::kNone || (!binds && c.workers >= cpus_.size());
    const auto [first, is_new] = pins_.try_emplace(c.name() + "\n" + (is_free ? "" : cpus), pin);
    if (is_new || first->second == pin) return std::nullopt;
    return "pin " + to_string(pin) + " comes to the same CPUs here (" + cpus + ") as pin " +
           to_string(first->second);
  }

  std::string baseline_of(const Case& c, const std::string& spec) const {
    const auto backend = catalogue_.resolve(spec);
    return catalogue_.resolve(backend.entry->traits(setup_of(c, backend.options)).baseline).canonical;
  }

  void add_yardstick(Case c, const std::string& backend, unsigned workers, Role role, const Grid& grid) {
    c.backend = catalogue_.resolve(backend).canonical;
    c.workers = workers;
    c.dispatch = Dispatch::kMap;
    c.chunk = 0;
    c.pool = PoolState::kWarm;
    c.pin = Pin::kNone;
    insert(c, role, baseline_of(c, c.backend), grid);
  }

  void insert(const Case& c, Role role, const std::string& baseline, const Grid& grid) {
    if (!names_.insert(c.name()).second) return;
    const auto block = c.shape_name();
    if (!blocks_.contains(block)) block_order_.push_back(block);
    blocks_[block].push_back(
        {.c = c, .role = role, .baseline = baseline, .timing = grid.timing, .most_rounds = grid.rounds});
  }

  const Suite& suite_;
  const Catalogue& catalogue_;
  unsigned cores_;
  std::uint64_t memory_;
  std::vector<Cpu> cpus_ = allowed_cpus();
  std::map<std::string, Pin> pins_;  // by case without its pin, and CPUs: the first pin that came to them
  std::set<std::string> names_;
  std::vector<std::string> block_order_;
  std::map<std::string, std::vector<PlannedCase>> blocks_;
  std::vector<SkippedCase> skipped_;
};

}  // namespace

Expansion expand(const Suite& suite, const Catalogue& catalogue, unsigned cores) {
  return Expander(suite, catalogue, cores).expand();
}

}  // namespace breakeven
