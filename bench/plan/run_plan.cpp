#include "bench/plan/run_plan.h"

#include <libdeflate.h>

#include <filesystem>

#include "bench/text/units.h"

namespace breakeven {

std::string journal_path(const RunPlan& plan) { return journal_beside(plan.results); }

std::string journal_beside(const std::string& results) {
  const std::filesystem::path path = results;
  const auto name =
      path.filename() == "results.json" ? std::string("journal") : path.stem().string() + ".journal";
  return path.parent_path() / (name + ".jsonl");
}

std::string journal_at(const std::string& place) {
  if (std::filesystem::is_directory(place)) {
    std::vector<std::string> others;
    for (const auto& file : std::filesystem::directory_iterator(place)) {
      if (file.path().string().ends_with(".journal.jsonl")) others.push_back(file.path());
    }
    const auto usual = std::filesystem::path(place) / "journal.jsonl";
    return others.size() == 1 && !std::filesystem::exists(usual) ? others.front() : usual.string();
  }
  return place.ends_with(".jsonl") ? place : journal_beside(place);
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
