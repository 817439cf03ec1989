// Rules on what only a measurement shows.
#include "bench/doctor/findings.h"
#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

using enum Finding::Severity;
using Found = std::optional<Finding>;

// The least that is worth a line, and what makes a warning of it.
constexpr double kOneCoreNote = 0.01, kOneCoreWarning = 0.1;     // share of the time
constexpr double kSpreadNote = 0.01, kSpreadWarning = 0.03;      // coefficient of variation
constexpr double kStealNote = 0.001, kStealWarning = 0.01;       // share of the CPU time
constexpr double kOthersNote = 0.05, kOthersWarning = 0.2;       // CPUs
constexpr double kSlowdownNote = 1.03, kSlowdownWarning = 1.15;  // all CPUs at once over one alone
constexpr double kWakeupNote = 20e3;                             // ns
constexpr double kClockNote = 100;                               // ns

Finding::Severity severity(double value, double warning) { return value >= warning ? kWarning : kNote; }

Found line_modes(const Evidence& evidence) {
  const auto& modes = evidence.measured("/line/modes");
  if (modes.size() != 2) return {};
  const double near = modes[0]["median_ns"], far = modes[1]["median_ns"];
  std::string effect = "what two cores share (queues, locks, messages) costs up to " + figure(far / near) +
                       " times as much in one mode as in the other, measured: " + format_ns(near) + " and " +
                       format_ns(far) + " for a cache line and back, " + percentage(modes[1]["share"]) +
                       " of the time the slower";
  if (const auto& dwell = evidence.measured("/line/dwell_s"); dwell.is_number())
    effect += "; a change every " + format_ns(dwell.get<double>() * 1e9) + " on average";
  return Finding{
      "line_modes", kWarning, "The cores have two modes of reaching each other.", effect,
      "Run long enough to see both (half a minute, many rounds: --precision 2%), and read both modes of a "
      "case; on a machine of your own, pin to cores that share a cache"};
}

Found one_core(const Evidence& evidence) {
  const auto& share = evidence.measured("/line/one_core/share");
  if (!share.is_number() || share.get<double>() < kOneCoreNote) return {};
  return Finding{"one_core", severity(share, kOneCoreWarning),
                 "Two CPUs are at times two threads of one core.",
                 "measured: during " + percentage(share) + " of the time divisions on both at once took " +
                     figure(evidence.measured("/line/one_core/slowdown")) +
                     " times as long as on one: whatever fills a core gains nothing from the second CPU then",
                 "On a machine of your own pin to CPUs of different cores (lscpu -e); on a virtual one the "
                 "host moves its CPUs: "
                 "ask for dedicated cores, or tell such samples by division_slowdown_before and _after"};
}

Found spin_spread(const Evidence& evidence) {
  const auto& cv = evidence.measured("/spin/cv");
  if (!cv.is_number() || cv.get<double>() < kSpreadNote) return {};
  return Finding{"spin_spread", severity(cv, kSpreadWarning), "The same work does not take the same time.",
                 "a fixed spin of " + format_ns(evidence.measured("/spin/median_ns")) + " varies by " +
                     percentage(cv) + " (CV), its 99th percentile is " +
                     figure(evidence.measured("/spin/p99_over_median")) +
                     " times the median: no case can be more even than this",
                 "End what else runs, fix the clock (governor, turbo); more rounds make up for the rest"};
}

Found parallel_slowdown(const Evidence& evidence) {
  const auto& slowdown = evidence.measured("/spin/all_cpus/slowdown");
  if (!slowdown.is_number() || slowdown.get<double>() < kSlowdownNote) return {};
  const double cpus = evidence.measured("/spin/all_cpus/cpus");
  return Finding{
      "parallel_slowdown", severity(slowdown, kSlowdownWarning), "The CPUs slow each other down.",
      "a fixed spin takes " + figure(slowdown) + " times as long on all " + figure(cpus) +
          " at once as on one alone: pure work cannot gain more than " +
          figure(cpus / slowdown.get<double>()) + " here",
      "Look for SMT, turbo, a quota or other load among these findings; compare with the ceiling, not with "
      "the number of CPUs"};
}

Found steal(const Evidence& evidence) {
  const auto& share = evidence.measured("/steal_share");
  if (!share.is_number() || share.get<double>() < kStealNote) return {};
  return Finding{"steal", severity(share, kStealWarning), "The host takes CPU time away (steal).",
                 "measured: " + percentage(share) + " of the time in which we were ready to run",
                 "Ask for dedicated cores, or measure when the host is quieter"};
}

Found others(const Evidence& evidence) {
  const auto& cpus = evidence.measured("/others/cpus");
  if (!cpus.is_number() || cpus.get<double>() < kOthersNote) return {};
  std::string effect = "measured: " + figure(cpus) + " CPUs on average while this ran";
  std::string remedy = "End them, or wait";
  for (const auto& process : evidence.measured("/others/busiest")) {
    effect += ", " + process["name"].get<std::string>() + " (" + std::to_string(process["pid"].get<int>()) +
              ") " + figure(process["cpus"]);
  }
  const auto& busiest = evidence.measured("/others/busiest/0/pid");
  if (busiest.is_number())
    remedy = "kill " + std::to_string(busiest.get<int>()) + "  if it is yours to end; or wait";
  return Finding{"others", severity(cpus, kOthersWarning), "Other processes are running.", effect, remedy};
}

Found slow_wakeup(const Evidence& evidence) {
  const auto& median = evidence.measured("/wakeup/median_ns");
  if (!median.is_number() || median.get<double>() < kWakeupNote) return {};
  return Finding{"slow_wakeup", kNote, "Waking a thread on another core is slow.",
                 "measured: " + format_ns(median) + " (median), " +
                     format_ns(evidence.measured("/wakeup/p99_ns")) +
                     " (99th percentile): whoever sleeps between tasks pays this for each",
                 "Deep idle states: sudo cpupower idle-set -D 10; on a virtual machine the host decides"};
}

Found slow_clock(const Evidence& evidence) {
  const auto& cost = evidence.measured("/clock/cost_ns");
  if (!cost.is_number() || cost.get<double>() < kClockNote) return {};
  return Finding{
      "slow_clock", kNote, "Reading the clock is slow.",
      "measured: " + format_ns(cost) + " a reading; a timed iteration (50 us or more) bears two of them",
      "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource"};
}

}  // namespace

const std::vector<Rule>& measured_rules() {
  static const std::vector<Rule> rules = {line_modes,        one_core,    others,      steal,
                                          parallel_slowdown, spin_spread, slow_wakeup, slow_clock};
  return rules;
}

}  // namespace breakeven
