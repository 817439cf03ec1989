// When a case has been measured often enough.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/judge/modes.h"
#include "bench/plan/session.h"
#include "bench/text/words.h"

namespace breakeven {

enum class Stop {
  kGoOn,       // where the run ends nevertheless, its budget ended it
  kPrecision,  // its interval is as narrow as was asked for
  kBimodal,    // its speed-up depends on the machine's mode: two figures, never one precise one
  kRounds,     // it has had all the rounds it may have
  kFailed,     // it has failed three times and never worked
  kLoses,      // it is slower than the plain loop, plainly and for certain
};

template <>
inline constexpr auto kWords<Stop> = words<Stop>("stop", {{Stop::kGoOn, "budget"},
                                                          {Stop::kPrecision, "precision"},
                                                          {Stop::kBimodal, "bimodal"},
                                                          {Stop::kRounds, "rounds"},
                                                          {Stop::kFailed, "failed"},
                                                          {Stop::kLoses, "loses"}});

// What a rule may look at: one case so far.
struct CaseProgress {
  // ln(baseline / case) of each round that has both, and the mode. Asked for at a look only: making the list
  // takes as long as there are rounds, and a run judges every case after every round.
  std::function<std::vector<ModedRatio>()> ratios;
  unsigned rounds = 0;  // in which it was due, failed ones included
  double span_s = 0;    // from its first sample to its last
};

// Judges one case after a round. Implementations are pure: the same history gives the same verdict, so that a
// resumed run stops where the first one would have.
class StopRule {
 public:
  virtual ~StopRule() = default;
  virtual Stop judge(const CaseProgress& progress) const = 0;
  virtual unsigned most_rounds() const = 0;
};

class FixedRounds : public StopRule {
 public:
  explicit FixedRounds(unsigned rounds) : rounds_(rounds) {}
  Stop judge(const CaseProgress& progress) const override {
    return progress.rounds < rounds_ ? Stop::kGoOn : Stop::kRounds;
  }
  unsigned most_rounds() const override { return rounds_; }

 private:
  unsigned rounds_;
};

// Looks every 4 rounds from the 12th on, and stops when half the width of the 99 % interval of the median is
// at most ln(1 + precision). Stopping on the wider interval keeps the 95 % one, which is reported, honest:
// looking often and stopping on that itself covers 92.7 % instead of 94.7 %. The samples must span 30 s,
// several times what the machine stays in one of its modes: a case measured inside one mode claims 2 % and is
// wrong half of the time. A case that is_bimodal() stops when the interval of each mode is that narrow.
class PrecisionRule : public StopRule {
 public:
  PrecisionRule(double precision, unsigned most_rounds) : precision_(precision), most_rounds_(most_rounds) {}
  static constexpr double kLeastSpanSeconds = 30;
  static bool is_look(unsigned rounds) { return rounds >= 12 && rounds % 4 == 0; }
  Stop judge(const CaseProgress& progress) const override;
  unsigned most_rounds() const override { return most_rounds_; }

 private:
  double precision_;  // as a fraction: 0.02
  unsigned most_rounds_;
};

// Whatever another rule says; and stops a case whose 99 % interval lies below a speed-up of 0.9 at one of the looks, every
// 4 rounds from the 8th on. A machine's mode may make a level case lose a little for some seconds, but not a tenth.
class LosersRule : public StopRule {
 public:
  explicit LosersRule(std::unique_ptr<StopRule> other) : other_(std::move(other)) {}
  static constexpr double kPlainLoss = 0.9;
  static bool is_look(unsigned rounds) { return rounds >= 8 && rounds % 4 == 0; }
  Stop judge(const CaseProgress& progress) const override;
  unsigned most_rounds() const override { return other_->most_rounds(); }

 private:
  std::unique_ptr<StopRule> other_;
};

struct Stopped {
  Stop why = Stop::kGoOn;
  unsigned rounds = 0;
};

// Where the rule would have ended these rounds of one case; nullopt where it would have gone on. `starts_s`: when each
// began; a round without a ratio was due and failed.
std::optional<Stopped> stop_in(const StopRule& rule, const std::vector<double>& starts_s,
                               const std::vector<std::optional<ModedRatio>>& rounds);

// The rule that a session asks for: precision where it names one, else fixed rounds; losers are dropped on demand.
std::unique_ptr<StopRule> stop_rule_of(const Session& session);

}  // namespace breakeven
