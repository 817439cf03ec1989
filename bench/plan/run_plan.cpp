#include "bench/plan/run_plan.h"

#include <libdeflate.h>

#include <filesystem>

#include "bench/text/units.h"

namespace breakeven {

std::string journal_path(const RunPlan& plan) {
  return (std::filesystem::path(plan.results).parent_path() / "journal.jsonl").string();
}

std::string suite_digest(const std::vector<PlannedCase>& cases) {
  std::uint32_t crc = 0;
  for (const auto& planned : cases) {
    const auto name = planned.c.name() + "\n";
    crc = libdeflate_crc32(crc, name.data(), name.size());
  }
  return hex(crc);
}

}  // namespace breakeven
