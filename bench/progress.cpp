#include "bench/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bench/units.h"

namespace breakeven {

Progress::Progress(std::size_t cases, unsigned most_rounds, bool quiet)
    : cases_(cases),
      most_rounds_(most_rounds),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { clear_line(); }

// At most so many: a case that is precise enough leaves the rounds to come.
std::size_t Progress::samples_left() const {
  const std::size_t rounds_left = most_rounds_ - std::min(round_ + 1, most_rounds_);
  return of_round_ - begun_ + rounds_left * of_round_;
}

std::string Progress::status() const {
  std::string text = "round " + std::to_string(std::min(round_ + 1, most_rounds_)) + " of " +
                     std::to_string(most_rounds_) + ", " + std::to_string(open_) + " of " +
                     std::to_string(cases_) + " cases open";
  if (measured_ > 0) {
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    text += ", up to " +
            format_seconds(elapsed / static_cast<double>(measured_) * static_cast<double>(samples_left())) +
            " left";
  }
  if (worst_) {
    char precision[32];
    std::snprintf(precision, sizeof precision, ", worst case +-%.1f %%", *worst_ * 100);
    text += precision;
  }
  return text;
}

void Progress::clear_line() {
  if (line_open_) std::fputs("\r\033[K", stderr);
  line_open_ = false;
}

void Progress::round(unsigned round, std::size_t open, std::size_t samples) {
  round_ = round;
  open_ = open;
  of_round_ = samples;
  begun_ = 0;
}

void Progress::sample(const std::string& name) {
  if (terminal_ && !quiet_) {
    clear_line();
    std::fprintf(stderr, "%s  %.60s", status().c_str(), name.c_str());
    std::fflush(stderr);
    line_open_ = true;
  }
  ++begun_;
  ++measured_;
}

// Replaying costs next to nothing; counted as measured, it would promise an end that does not come.
void Progress::taken_before() {
  --measured_;
  start_ = std::chrono::steady_clock::now();
}

void Progress::failure(const std::string& name, const std::string& reason) {
  clear_line();
  std::fprintf(stderr, "failed: %s: %s\n", name.c_str(), reason.c_str());
}

void Progress::round_done(std::optional<double> worst) {
  worst_ = worst;
  if (!terminal_ && !quiet_) std::fprintf(stderr, "%s\n", status().c_str());
}

}  // namespace breakeven
