#include "bench/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bench/units.h"

namespace breakeven {

Progress::Progress(std::size_t samples_a_round, unsigned rounds)
    : total_(samples_a_round * rounds),
      rounds_(rounds),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { clear_line(); }

std::string Progress::status() const {
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const auto done = static_cast<double>(done_), total = static_cast<double>(std::max<std::size_t>(total_, 1));
  std::string text = "round " + std::to_string(std::min(round_ + 1, rounds_)) + " of " +
                     std::to_string(rounds_) + ", " + std::to_string(static_cast<int>(100 * done / total)) +
                     " %";
  if (done_ > 0) text += ", about " + format_seconds(elapsed * (total - done) / done) + " left";
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

void Progress::sample(unsigned round, const std::string& name) {
  round_ = round;
  if (terminal_) {
    clear_line();
    std::fprintf(stderr, "%s  %.60s", status().c_str(), name.c_str());
    std::fflush(stderr);
    line_open_ = true;
  }
  ++done_;
}

void Progress::failure(const std::string& name, const std::string& reason) {
  clear_line();
  std::fprintf(stderr, "failed: %s: %s\n", name.c_str(), reason.c_str());
}

void Progress::round_done(unsigned rounds_done, std::optional<double> worst) {
  round_ = rounds_done;
  worst_ = worst;
  if (!terminal_) std::fprintf(stderr, "%s\n", status().c_str());
}

}  // namespace breakeven
