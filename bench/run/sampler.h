// Takes one sample: a request to a cell command in a supervised process, and what came of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/machine/surroundings.h"
#include "bench/plan/build.h"
#include "bench/plan/catalogue.h"
#include "bench/plan/protocol.h"
#include "bench/process/supervisor.h"
#include "bench/run/clusters.h"
#include "bench/run/identity.h"

namespace breakeven {

// The record is good, or carries why it is not; `interrupted` means that there is neither.
struct Taken {
  Record record;
  bool interrupted = false;
  std::string left_on =
      {};  // a host on which the sample may have left processes, with why; nothing may follow then
};

// The cell command that measures this request. `executable`: of the build under test, for what it measures itself.
// Throws UsageError where the request's backend is unknown.
Command command_of(const Catalogue& catalogue, const std::string& executable, const Request& request);

// What an ended cell gave: its record, or why there is none that can be believed. `launched`: by a launcher.
Record judged(const Ended& ended, const Request& request, bool launched);

class Sampler {
 public:
  Sampler(const Catalogue& catalogue, Supervisor& supervisor)
      : catalogue_(catalogue), supervisor_(supervisor), clusters_(catalogue, supervisor) {}

  Taken take(const Build& build, const Request& request);

  // The file of a cell that is no longer what it was when the run began to use it, or an empty text.
  std::string changed() const { return identity_.changed(); }

 private:
  const Catalogue& catalogue_;
  Taken taken_by(const Command& command, const Request& request, bool launched);

  Supervisor& supervisor_;
  Clusters clusters_;
  std::optional<LastProbe> last_probe_;
  Identity identity_;
};

}  // namespace breakeven
