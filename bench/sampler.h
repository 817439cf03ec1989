// Takes one sample: a request to a cell command in a supervised process, and what came of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/catalogue.h"
#include "bench/protocol.h"
#include "bench/supervisor.h"
#include "bench/surroundings.h"

namespace breakeven {

// A program under test. Several can be measured in one schedule.
struct Build {
  std::string name = "head";
  std::string executable;
  double extra = 0;  // real work added, as a fraction: to try out what a check can see
};

// The record is good, or carries why it is not; `interrupted` means that there is neither.
struct Taken {
  Record record;
  bool interrupted = false;
};

class Sampler {
 public:
  Sampler(const Catalogue& catalogue, Supervisor& supervisor)
      : catalogue_(catalogue), supervisor_(supervisor) {}

  Taken take(const Build& build, const Request& request);

 private:
  const Catalogue& catalogue_;
  Supervisor& supervisor_;
  std::optional<LastProbe> last_probe_;
};

}  // namespace breakeven
