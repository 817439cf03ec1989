// Progress of a long run on standard error: one living line on a terminal; elsewhere a plain line after the first round,
// after the last one, and every 10 s between them.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace breakeven {

class Progress {
 public:
  enum class Show { kAll, kFailures };

  // `budget_s`: after which the run ends in any case; 0: none.
  Progress(std::size_t cases, unsigned most_rounds, double budget_s, Show show);
  ~Progress();

  // `open`: cases that need this round; `samples`: how many it takes.
  void round(unsigned round, std::size_t open, std::size_t samples);
  void sample(const std::string& name);    // is about to be taken
  void taken_before();                     // that sample: an earlier session has it
  void given_up(const std::string& name);  // a case that will not be tried again
  void failure(const std::string& name, const std::string& reason);
  // `worst`: the widest half interval of a case so far, as a fraction, where all have one.
  void round_done(std::optional<double> worst);

 private:
  std::string status() const;
  std::size_t samples_left() const;
  double seconds_left() const;
  void clear_line();
  void print_plain();

  std::size_t cases_, open_ = 0;
  unsigned most_rounds_, round_ = 0;
  double budget_s_;
  std::size_t of_round_ = 0, begun_ = 0;  // samples of this round: all, and those begun
  std::size_t measured_ = 0;              // samples of this session
  std::optional<double> worst_;
  bool all_, terminal_;
  bool line_open_ = false;
  std::chrono::steady_clock::time_point printed_{};     // the last plain line; the epoch: none yet
  std::chrono::steady_clock::time_point start_;         // of the session
  std::chrono::steady_clock::time_point first_sample_;  // that this session takes itself
};

}  // namespace breakeven
