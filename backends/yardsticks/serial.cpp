// The plain loop: the time that every speed-up is computed against.
#include "backends/backend.h"

namespace breakeven {
namespace {

class Serial : public Backend {
 public:
  explicit Serial(const Plan& /*plan*/) {}

  void start() override {}

  Outcome run(Job& job) override {
    job.execute(0, 0, job.size());
    return {};
  }
};

std::optional<std::string> unsupported(const Setup& setup) {
  if (setup.workers == 1) return std::nullopt;
  return "serial is the loop of one thread, so workers must be 1";
}

const BackendRegistration registration({
    .name = "serial",
    .summary = "the plain loop on the calling thread; the baseline",
    .traits = [](const Setup&) { return Traits{.caller_works = true, .binds = true}; },
    .unsupported = unsupported,
    .make = make_backend<Serial>,
});

}  // namespace
}  // namespace breakeven
