// When a case has been measured often enough.
#pragma once

#include <memory>
#include <vector>

namespace breakeven {

enum class Stop { kGoOn, kRounds };

// Judges one case after a round. Implementations are pure: the same history gives the same verdict, so that a
// resumed run stops where the first one would have.
class StopRule {
 public:
  virtual ~StopRule() = default;
  // `log_speedups`: ln(baseline / case) of each round that has both. `rounds`: rounds so far, failed ones
  // included.
  virtual Stop judge(const std::vector<double>& log_speedups, unsigned rounds) const = 0;
  virtual unsigned most_rounds() const = 0;
};

class FixedRounds : public StopRule {
 public:
  explicit FixedRounds(unsigned rounds) : rounds_(rounds) {}
  Stop judge(const std::vector<double>&, unsigned rounds) const override {
    return rounds < rounds_ ? Stop::kGoOn : Stop::kRounds;
  }
  unsigned most_rounds() const override { return rounds_; }

 private:
  unsigned rounds_;
};

}  // namespace breakeven
