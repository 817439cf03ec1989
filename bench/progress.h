// Progress of a long run on standard error: one living line on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace breakeven {

class Progress {
 public:
  Progress(std::size_t samples_a_round, unsigned rounds);
  ~Progress();

  void sample(unsigned round, const std::string& name);  // is about to be taken
  void failure(const std::string& name, const std::string& reason);
  // `worst`: the widest half interval of a case so far, as a fraction, where all have one.
  void round_done(unsigned rounds_done, std::optional<double> worst);

 private:
  std::string status() const;
  void clear_line();

  std::size_t total_, done_ = 0;
  unsigned rounds_, round_ = 0;
  std::optional<double> worst_;
  bool terminal_;
  bool line_open_ = false;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace breakeven
