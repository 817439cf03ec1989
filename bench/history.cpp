#include "bench/history.h"

#include <cmath>

namespace breakeven {

History::History(const std::vector<PlannedCase>& cases, std::size_t builds)
    : builds_(builds), log_times_(cases.size() * builds), baseline_(cases.size()), ceiling_(cases.size()) {
  for (const auto& block : blocks_of(cases)) {
    auto members = block.baselines;
    members.insert(members.end(), block.cases.begin(), block.cases.end());
    for (const auto planned : members) {
      for (const auto other : members) {
        if (cases[other].role == Role::kBaseline && cases[other].c.backend == cases[planned].baseline)
          baseline_[planned] = other;
        if (cases[other].role == Role::kCeiling && cases[other].c.workers == cases[planned].c.workers) {
          ceiling_[planned] = other;
        }
      }
    }
  }
}

void History::add(const Slot& slot, unsigned round, double real_time_ns) {
  auto& mean = log_times_.at(slot.planned * builds_ + slot.build)[round];
  mean.sum += std::log(real_time_ns);
  ++mean.count;
}

std::vector<double> History::log_ratios(std::size_t reference, std::size_t planned, std::size_t build) const {
  std::vector<double> ratios;
  const auto& references = rounds(reference, build);
  for (const auto& [round, mean] : rounds(planned, build)) {
    if (const auto base = references.find(round); base != references.end()) {
      ratios.push_back(base->second.value() - mean.value());
    }
  }
  return ratios;
}

std::vector<double> History::log_speedups(std::size_t planned, std::size_t build) const {
  return log_ratios(baseline_of(planned), planned, build);
}

std::vector<double> History::times_ns(std::size_t planned, std::size_t build) const {
  std::vector<double> times;
  for (const auto& [round, mean] : rounds(planned, build)) times.push_back(std::exp(mean.value()));
  return times;
}

}  // namespace breakeven
