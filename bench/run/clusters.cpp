#include "bench/run/clusters.h"

#include <algorithm>

#include "bench/installation/home.h"

namespace breakeven {
namespace {

constexpr std::size_t kMost = 4;  // that stand at one time: each holds memory, also while it sleeps

std::string key_of(const ClusterStart& start) {
  std::string key;
  for (const auto& word : start.launch.words) key.append(word).push_back('\0');
  for (const auto& [name, value] : start.launch.env)
    key.append(name).append("=").append(value).push_back('\0');
  return key;
}

}  // namespace

void Clusters::prepare(const Request& request, Command& command) {
  used_ = false;
  std::erase_if(all_, [](const One& one) { return !one.keeper->lives(); });
  const auto backend = catalogue_.resolve(request.c.backend);
  const auto setup = setup_of(request.c, backend.options);
  const auto start = backend.entry->cluster ? backend.entry->cluster(request.c, setup, catalogue_.hosts())
                                            : std::optional<ClusterStart>();
  const auto key = start ? key_of(*start) : "";
  for (auto& one : all_) {
    if (!start || one.key != key) one.keeper->sleep();
  }
  if (!start) return;
  ClusterStart asked = *start;
  asked.launch.env.insert(command.env.begin(), command.env.end());  // what the cell has, its cluster has too
  One& one = started(key, asked);
  one.keeper->wake();
  used_ = true;
  command.env[kClusterVariable] = one.keeper->said();
}

Clusters::One& Clusters::started(const std::string& key, const ClusterStart& start) {
  if (const auto found = std::ranges::find(all_, key, &One::key); found != all_.end()) {
    std::rotate(found, found + 1, all_.end());
    return all_.back();
  }
  if (all_.size() == kMost) all_.erase(all_.begin());
  const Kept kept{.words = catalogue_.with_interpreter(start.launch.words),
                  .env = start.launch.env,
                  .ready = start.ready,
                  .start_s = start.start_s,
                  .end_signal = start.end.signal,
                  .end_grace_s = start.end.grace_s};
  all_.push_back({key, std::make_unique<Keeper>(supervisor_, program_path(), kept)});
  return all_.back();
}

void Clusters::distrust() {
  if (used_) all_.pop_back();
  used_ = false;
}

}  // namespace breakeven
