#include "bench/run/conclusions.h"

#include <algorithm>
#include <cmath>

#include "bench/judge/interval.h"

namespace breakeven {
namespace {

// Of a case whose speed-up depends on the machine's mode: each build's figure in each mode; else null.
Json modes_of(const RunPlan& plan, const History& history, std::size_t planned) {
  Json list;
  for (std::size_t build = 0; build < plan.builds.size(); ++build) {
    const auto ratios = history.moded_speedups(planned, build);
    if (!is_bimodal(ratios)) continue;
    for (const auto& mode : by_mode(ratios)) {
      list.push_back({{"build", plan.builds[build].name},
                      {"mode", mode.mode},
                      {"rounds", mode.rounds},
                      {"share", mode.share},
                      {"speedup", std::exp(mode.estimate)},
                      {"low", mode.interval ? Json(std::exp(mode.interval->low)) : Json()},
                      {"high", mode.interval ? Json(std::exp(mode.interval->high)) : Json()}});
    }
  }
  return list;
}

}  // namespace

std::optional<double> precision_of(const History& history, std::size_t builds, std::size_t planned) {
  std::optional<double> widest;
  for (std::size_t build = 0; build < builds; ++build) {
    const auto interval = median_interval(history.log_speedups(planned, build), 0.95);
    if (!interval) return std::nullopt;
    widest = std::max(widest.value_or(0), std::expm1((interval->high - interval->low) / 2));
  }
  return widest;
}

Json conclusions(const RunPlan& plan, const std::vector<Block>& blocks, const History& history,
                 const std::vector<Stop>& stops, const std::vector<unsigned>& rounds) {
  Json list = Json::array();
  for (const auto& block : blocks) {
    for (const auto planned : block.cases) {
      const auto precision = precision_of(history, plan.builds.size(), planned);
      list.push_back({{"name", plan.cases[planned].c.name()},
                      {"stop", to_string(stops[planned])},
                      {"comment", plan.cases[planned].comment},
                      {"rounds", rounds[planned]},
                      {"precision", precision ? Json(*precision) : Json()},
                      {"modes", modes_of(plan, history, planned)}});
    }
  }
  return list;
}

Json machine_modes(const History& history) {
  const auto& modes = history.modes();
  if (!modes) return {};
  return {{"near_ns", modes->near_ns},
          {"far_ns", modes->far_ns},
          {"threshold_ns", modes->threshold_ns},
          {"near_share", modes->near_share}};
}

}  // namespace breakeven
