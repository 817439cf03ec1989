#include "bench/judge/history.h"

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

void History::add(const Slot& slot, unsigned round, double real_time_ns, std::optional<double> line_ns) {
  const auto count = [](Mean& mean, double value) { mean.sum += value, ++mean.count; };
  auto& entry = log_times_.at(slot.planned * builds_ + slot.build)[round];
  count(entry.all, std::log(real_time_ns));
  if (slot.half >= 0) count(entry.halves[slot.half], std::log(real_time_ns));
  if (!line_ns || *line_ns <= 0) return;
  count(entry.log_line, std::log(*line_ns));
  lines_.push_back(*line_ns);
}

std::vector<double> History::log_ratios(std::size_t reference, std::size_t planned, std::size_t build) const {
  std::vector<double> ratios;
  const auto& references = rounds(reference, build);
  for (const auto& [round, entry] : rounds(planned, build)) {
    if (const auto base = references.find(round); base != references.end()) {
      ratios.push_back(base->second.all.value() - entry.all.value());
    }
  }
  return ratios;
}

std::vector<double> History::log_speedups(std::size_t planned, std::size_t build) const {
  return log_ratios(baseline_of(planned), planned, build);
}

const std::optional<ModeSplit>& History::modes() const {
  if (lines_in_modes_ != lines_.size()) {
    modes_ = split_modes(lines_);
    lines_in_modes_ = lines_.size();
  }
  return modes_;
}

std::vector<ModedRatio> History::moded_speedups(std::size_t planned, std::size_t build) const {
  std::vector<ModedRatio> ratios;
  const auto& split = modes();
  const auto& references = rounds(baseline_of(planned), build);
  for (const auto& [round, entry] : rounds(planned, build)) {
    const auto base = references.find(round);
    if (base == references.end()) continue;
    ModedRatio ratio{.log_speedup = base->second.all.value() - entry.all.value(), .far = {}};
    if (split && entry.log_line.count != 0)
      ratio.far = entry.log_line.value() > std::log(split->threshold_ns);
    ratios.push_back(ratio);
  }
  return ratios;
}

bool History::baseline_dominates(std::size_t planned, std::size_t build) const {
  const auto variance = [](std::vector<double> values) {
    const double middle = median(values);
    for (auto& value : values) value = std::abs(value - middle);
    const double sigma = 1.4826 * median(values);
    return sigma * sigma;
  };
  std::vector<double> differences;
  for (const auto& [round, entry] : rounds(baseline_of(planned), build)) {
    if (entry.halves[0].count != 0 && entry.halves[1].count != 0)
      differences.push_back(entry.halves[0].value() - entry.halves[1].value());
  }
  const auto ratios = log_speedups(planned, build);
  if (differences.size() < 6 || ratios.size() < 6) return false;
  return variance(differences) / 4 > variance(ratios) / 2;
}

std::vector<double> History::times_ns(std::size_t planned, std::size_t build) const {
  std::vector<double> times;
  for (const auto& [round, entry] : rounds(planned, build)) times.push_back(std::exp(entry.all.value()));
  return times;
}

}  // namespace breakeven
