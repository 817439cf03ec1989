// What a run has measured so far, as paired logarithms: all that stopping and the table need.
#pragma once

#include <map>
#include <vector>

#include "bench/judge/modes.h"
#include "bench/plan/schedule.h"

namespace breakeven {

class History {
 public:
  History(const std::vector<PlannedCase>& cases, std::size_t builds);

  // `line_ns`: the machine's line round trip around the sample, where it was read.
  void add(const Slot& slot, unsigned round, double real_time_ns, std::optional<double> line_ns = {});

  // ln(reference / case) of every round in which both were measured; a baseline's samples count as their
  // geometric mean. Pairs are within the block, whose samples of one round are neighbours in time.
  std::vector<double> log_ratios(std::size_t reference, std::size_t planned, std::size_t build) const;
  std::vector<double> log_speedups(std::size_t planned, std::size_t build) const;

  // The modes in which the machine was so far, and each paired round's own. Worked out when asked for, once
  // for the same probes: not for two threads at a time.
  const std::optional<ModeSplit>& modes() const;
  std::vector<ModedRatio> moded_speedups(std::size_t planned, std::size_t build) const;

  // Whether the spread of a case's speed-up is for the greater part its baseline's: the variance of the mean
  // of the baseline's two halves, from their differences, against that of the ratios (both from the median
  // absolute deviation, so that a few disturbed rounds do not decide).
  bool baseline_dominates(std::size_t planned, std::size_t build) const;

  std::vector<double> times_ns(std::size_t planned, std::size_t build) const;

  std::size_t baseline_of(std::size_t planned) const { return baseline_.at(planned); }
  std::optional<std::size_t> ceiling_of(std::size_t planned) const { return ceiling_.at(planned); }

 private:
  struct Mean {
    double sum = 0;
    int count = 0;
    double value() const { return sum / count; }
  };
  struct Round {
    Mean all;
    Mean halves[2];  // of a baseline
    Mean log_line;
  };
  using Rounds = std::map<unsigned, Round>;
  const Rounds& rounds(std::size_t planned, std::size_t build) const {
    return log_times_.at(planned * builds_ + build);
  }

  std::size_t builds_;
  std::vector<Rounds> log_times_;  // by case and build: mean ln of the time, by round
  std::vector<double> lines_;      // every probe, ns
  mutable std::optional<ModeSplit> modes_;
  mutable std::size_t lines_in_modes_ = 0;  // how many of lines_ modes_ speaks of
  std::vector<std::size_t> baseline_;
  std::vector<std::optional<std::size_t>> ceiling_;
};

}  // namespace breakeven
