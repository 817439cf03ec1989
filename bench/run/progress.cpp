#include "bench/run/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kBetweenLines = 10;  // seconds

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Progress::Progress(std::size_t cases, unsigned most_rounds, double budget_s, Show show)
    : cases_(cases),
      most_rounds_(most_rounds),
      budget_s_(budget_s),
      all_(show == Show::kAll),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      first_sample_(start_) {}

Progress::~Progress() { clear_line(); }

// At most so many: a case that is precise enough leaves the rounds to come.
std::size_t Progress::samples_left() const {
  const std::size_t rounds_left = most_rounds_ - std::min(round_ + 1, most_rounds_);
  return of_round_ - begun_ + rounds_left * of_round_;
}

double Progress::seconds_left() const {
  const double a_sample = seconds_since(first_sample_) / static_cast<double>(measured_);
  const double all = a_sample * static_cast<double>(samples_left());
  return budget_s_ > 0 ? std::min(all, std::max(0.0, budget_s_ - seconds_since(start_))) : all;
}

std::string Progress::status() const {
  std::string text = "round " + std::to_string(std::min(round_ + 1, most_rounds_)) + " of " +
                     std::to_string(most_rounds_) + ", " + std::to_string(open_) + " of " +
                     std::to_string(cases_) + " cases open";
  if (measured_ > 0) text += ", up to " + format_seconds(seconds_left()) + " left";
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
  if (terminal_ && all_) {
    clear_line();
    std::fprintf(stderr, "%s  %.60s", status().c_str(), name.c_str());
    std::fflush(stderr);
    line_open_ = true;
  } else if (all_ && measured_ > 0 && seconds_since(std::max(printed_, start_)) >= kBetweenLines) {
    print_plain();
  }
  ++begun_;
  ++measured_;
}

// Replaying costs next to nothing; counted as measured, it would promise an end that does not come.
void Progress::taken_before() {
  --measured_;
  first_sample_ = Clock::now();
}

void Progress::failure(const std::string& name, const std::string& reason) {
  clear_line();
  std::fprintf(stderr, "failed: %s: %s\n", name.c_str(), plain(reason).c_str());
}

void Progress::given_up(const std::string& name) {
  std::fprintf(stderr, "given up: %s has failed three times and never worked; it is not tried again\n",
               name.c_str());
}

void Progress::round_done(std::optional<double> worst) {
  worst_ = worst;
  const bool first = printed_ == Clock::time_point{}, last = round_ + 1 >= most_rounds_;
  if (!terminal_ && all_ && (first || last || seconds_since(printed_) >= kBetweenLines)) print_plain();
}

void Progress::print_plain() {
  std::fprintf(stderr, "%s\n", status().c_str());
  printed_ = Clock::now();
}

}  // namespace breakeven
