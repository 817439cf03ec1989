// Expands a suite's grids into cases on a given machine.
#include <algorithm>
#include <map>
#include <set>

#include "backends/contract/error.h"
#include "bench/machine/machine.h"
#include "bench/machine/pinning.h"
#include "bench/plan/axes.h"
#include "bench/plan/suite.h"
#include "bench/text/phrases.h"

namespace breakeven {
namespace {

constexpr std::uint64_t kMaxCases = 100'000;  // of a grid; an axis too many multiplies
constexpr double kSlotOverhead = 128;         // of memory a task, beside its payload: two cache lines

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
  void expand_grid(const Grid& grid) {
    Case start;
    start.shape.seed = suite_.seed;
    std::vector<Case> cases = {start};
    for (const auto* axis : axes()) {
      try {
        cases = along(cases, grid, *axis);
      } catch (const UsageError& error) {
        throw UsageError(place_of(grid, axis->name) + ": " + error.what());
      }
    }
    for (auto& c : cases) {
      const auto* workload = WorkloadRegistry::instance().find(c.workload);
      if (workload && workload->described && c.shape.tasks == 0) c.shape.tasks = workload->described->tasks;
      if (workload && workload->sizes && c.shape.in_bytes == 0 && c.shape.out_bytes == 0) {
        const auto sizes = workload->sizes(c.shape);
        c.shape.in_bytes = sizes.in;
        c.shape.out_bytes = sizes.out;
      }
      add(c, grid);
    }
  }

  // Each case once for each value of the axis.
  std::vector<Case> along(const std::vector<Case>& cases, const Grid& grid, const CaseField& field) const {
    const auto& axis = field.axis;
    std::vector<std::string> texts;
    if (const auto given = grid.axes.find(field.name); given != grid.axes.end()) {
      texts = given->second;
    } else if (axis.fallback.empty()) {
      return cases;
    } else {
      texts = {axis.fallback};
    }
    std::vector<std::string> values;
    for (const auto& text : texts) {
      std::ranges::move(axis.values ? axis.values(text, catalogue_, cores_) : std::vector{text},
                        std::back_inserter(values));
    }
    at_most(cases.size() * values.size(), kMaxCases, "cases in one grid");
    std::vector<Case> result;
    for (const auto& c : cases) {
      for (const auto& value : values) axis.set(result.emplace_back(c), value);
    }
    return result;
  }

  static std::string place_of(const Grid& grid, const std::string& axis) {
    const auto flag = grid.flags.find(axis);
    return flag == grid.flags.end() ? grid.where + "." + axis : flag->second;
  }

  std::optional<std::string> why_not(const Case& c, const ResolvedBackend& backend) const {
    if (auto reason = catalogue_.why_unavailable(*backend.entry, backend.options); !reason.empty())
      return reason;
    const auto* workload = WorkloadRegistry::instance().find(c.workload);
    if (const auto reason = workload->unsupported(c.shape)) return c.workload + ": " + *reason;
    if (workload->described && backend.entry->command.empty())
      return "only a cell of its own language can run " + c.workload;
    if (workload->described) {
      auto reason = catalogue_.why_not_there(*backend.entry, backend.options, c.workload);
      if (!reason.empty()) return reason;
    }
    const double payload = static_cast<double>(c.shape.tasks) *
                           (static_cast<double>(c.shape.in_bytes + c.shape.out_bytes) + kSlotOverhead);
    if (memory_ != 0 && payload > 0.6 * static_cast<double>(memory_)) {
      return "the payload of " + std::to_string(static_cast<std::uint64_t>(payload / 1048576)) +
             " MiB does not fit into the " + std::to_string(memory_ / 1048576) +
             " MiB of memory that are free";
    }
    const auto setup = setup_of(c, backend.options);
    if (auto reason = why_not_on(c, *backend.entry, setup)) return reason;
    const bool shared = backend.entry->traits(setup).payload == Memory::kShared;
    if (c.pages == PayloadPages::kHuge && !gets_huge_pages(shared ? Memory::kShared : Memory::kPrivate)) {
      return std::string(shared ? "memory that processes share" : "memory") +
             " gets no huge pages here; see " + "/sys/kernel/mm/transparent_hugepage/" +
             (shared ? "shmem_enabled" : "enabled");
    }
    return backend.entry->unsupported(c, setup);
  }

  std::optional<std::string> why_not_on(const Case& c, const CatalogueEntry& entry,
                                        const Setup& setup) const {
    if (c.nodes == 1) return std::nullopt;
    const unsigned most = entry.nodes ? entry.nodes(c, setup) : 1, there = catalogue_.hosts().count();
    if (c.nodes > most)
      return "it uses " + counted(most, "host") + ", and the case asks for " + std::to_string(c.nodes);
    if (c.nodes > there)
      return "the case asks for " + std::to_string(c.nodes) + " hosts, and " +
             (there == 1 ? "only this one is known; name them by --hosts FILE"
                         : std::to_string(there) + " are named by --hosts");
    if (c.nodes > c.workers)
      return counted(c.workers, "worker") + " cannot be on " + counted(c.nodes, "host");
    return std::nullopt;
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
    if (grid.ceiling && !WorkloadRegistry::instance().find(c.workload)->described) {
      add_yardstick(c, baseline_of(c, std::string(kCeilingBackend)), 1, Role::kBaseline, grid);
      add_yardstick(c, std::string(kCeilingBackend), c.workers, Role::kCeiling, grid);
    }
    const bool is_base = backend_family(c.backend) == backend_family(baseline);
    insert(c, is_base ? Role::kBaseline : Role::kCase, baseline, grid);
  }

  // On a small machine several pins can mean the same CPUs: only the first is an experiment of its own.
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

  // The same job by a yardstick, used the plain way whatever the case's is.
  void add_yardstick(const Case& c, const std::string& backend, unsigned workers, Role role,
                     const Grid& grid) {
    const Case plain{.workload = c.workload,
                     .shape = c.shape,
                     .backend = catalogue_.resolve(backend).canonical,
                     .workers = workers,
                     .scaling = c.scaling,
                     .pages = c.pages,
                     .cost_label = c.cost_label,
                     .cost_ns = c.cost_ns};
    insert(plain, role, baseline_of(plain, plain.backend), grid);
  }

  void insert(const Case& c, Role role, const std::string& baseline, const Grid& grid) {
    if (!names_.insert(c.name()).second) return;
    const auto block = c.shape_name();
    if (!blocks_.contains(block)) block_order_.push_back(block);
    blocks_[block].push_back({.c = c,
                              .role = role,
                              .baseline = baseline,
                              .timing = grid.timing,
                              .most_rounds = grid.rounds,
                              .comment = grid.comment});
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

std::vector<int> cpus_of(const Case& c) { return pinned_cpus(c.pin, c.workers); }

}  // namespace breakeven
