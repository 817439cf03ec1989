// The order in which samples are taken: rounds of blocks, random, and a pure function of the seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/plan/suite.h"

namespace breakeven {

// One shape: its baselines and its other cases, as indices into the expansion's cases.
struct Block {
  std::string name;
  std::vector<std::size_t> baselines;
  std::vector<std::size_t> cases;
  std::vector<std::size_t> baseline_of;  // of each of `cases`, in their order: one of `baselines`
};

std::vector<Block> blocks_of(const std::vector<PlannedCase>& cases);

// One sample to take.
struct Slot {
  std::size_t block = 0;
  std::size_t planned = 0;  // index of the case
  std::size_t build = 0;
  int half = -1;  // of a baseline: 0 or 1; else -1
};

// One round: a random sequence of all blocks that have a live case. Within a block the live cases in random
// order and the baselines that they need twice, once in each half; `baseline_samples` asks for more of it in
// each half, or for none, by block (empty: one). The builds' samples of a case are neighbours, in random
// order. A pure function of its arguments, so that a resumed run reproduces it; a block's order does not
// depend on other blocks.
std::vector<Slot> round_order(std::uint64_t seed, unsigned round, const std::vector<Block>& blocks,
                              const std::vector<bool>& live, std::size_t builds,
                              const std::vector<unsigned>& baseline_samples = {});

}  // namespace breakeven
