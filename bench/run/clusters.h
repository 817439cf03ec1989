// The clusters that stand beside the samples of a run (`session` in a manifest): each is started by the first sample that
// needs it, sleeps during samples of others, and is started anew after one that it spoilt.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/plan/catalogue.h"
#include "bench/plan/protocol.h"
#include "bench/process/keeper.h"
#include "bench/process/supervisor.h"

namespace breakeven {

inline constexpr const char* kClusterVariable = "BREAKEVEN_SESSION";  // what the cell gets: where it stands

// One per Supervisor, and gone before it. Not thread-safe.
class Clusters {
 public:
  Clusters(const Catalogue& catalogue, Supervisor& supervisor)
      : catalogue_(catalogue), supervisor_(supervisor) {}

  // Before the sample: the cluster that it needs stands, and its cell's environment says where. Throws KeepError.
  void prepare(const Request& request, Command& command);

  // After a sample that went wrong: the cluster that it used is ended.
  void distrust();

 private:
  struct One {
    std::string key;
    std::unique_ptr<Keeper> keeper;
  };

  One& started(const std::string& key, const ClusterStart& start);

  const Catalogue& catalogue_;
  Supervisor& supervisor_;
  std::vector<One> all_;  // the one that was used last stands last
  bool used_ = false;     // by the last sample
};

}  // namespace breakeven
