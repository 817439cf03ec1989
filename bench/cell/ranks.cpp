#include "bench/cell/ranks.h"

#include <cstdint>
#include <optional>

namespace breakeven {
namespace {

Json difference(const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& after) {
  return before && after && *after >= *before ? Json(*after - *before) : Json();
}

}  // namespace

Json ranks_between(const std::vector<RankUsage>& before, const std::vector<RankUsage>& after) {
  Json list = Json::array();
  for (std::size_t i = 0; i < after.size() && i < before.size(); ++i) {
    list.push_back({{"host", after[i].host},
                    {"tasks", after[i].tasks - before[i].tasks},
                    {"cpu_ns", after[i].cpu_ns - before[i].cpu_ns},
                    {"run_delay_ns", difference(before[i].run_delay_ns, after[i].run_delay_ns)},
                    {"throttled_ns", difference(before[i].throttled_ns, after[i].throttled_ns)},
                    {"steal_ns", difference(before[i].steal_ns, after[i].steal_ns)},
                    {"spins", {before[i].spin_ns, after[i].spin_ns}}});
  }
  return list;
}

double far_cpu_ns(const std::vector<RankUsage>& before, const std::vector<RankUsage>& after) {
  double sum = 0;
  for (std::size_t i = 0; i < after.size() && i < before.size(); ++i) {
    if (after[i].is_far) sum += static_cast<double>(after[i].cpu_ns - before[i].cpu_ns);
  }
  return sum;
}

}  // namespace breakeven
