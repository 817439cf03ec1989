// What a result file answers, in sentences: from intervals alone, so that chance says nothing.
#pragma once

#include <string>
#include <vector>

#include "bench/summary/summary.h"

namespace breakeven {

struct Sentence {
  std::string kind;  // what it is about: docs/format.md lists them
  std::string text;
  std::vector<std::string> cases;  // names of those that it comes from
};

// Of one build, the most important first. A shape is a block that several ways ran with more than one worker, each with
// an interval; best or level in it is what no interval tells from its fastest. Thread-safe.
std::vector<Sentence> answer(const std::vector<BlockSummary>& blocks);

}  // namespace breakeven
