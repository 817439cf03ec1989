// How the processes of a case are started: the launcher of a manifest, and the cluster that stands beside its samples.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/plan/catalogue.h"
#include "bench/plan/hosts.h"

namespace breakeven {

// Reads `launcher` (with `ranks`) and `session`. Either is an empty function where the key is missing. `relative`: a word's
// path from the manifest's folder. All throw UsageError with the key's path.
struct LaunchKeys {
  JsonReader &launcher, &ranks, &nodes, &session;
};

using Resolve = std::function<std::vector<std::string>(JsonReader&, const std::string& key)>;

Launcher launcher_from_json(const LaunchKeys& keys, const OptionSchema& options, const Resolve& command);
ClusterStarter cluster_from_json(const LaunchKeys& keys, const OptionSchema& options, const Resolve& command);
NodeLimit nodes_from_json(const LaunchKeys& keys, const OptionSchema& options);

// `end`, and the end of a `session`.
EndRequest end_from_json(JsonReader& reader, const std::string& key, const EndRequest& fallback);

}  // namespace breakeven
