#include "bench/plan/schedule.h"

#include <algorithm>
#include <random>
#include <utility>

namespace breakeven {
namespace {

using Random = std::mt19937_64;

Random stream(std::uint64_t seed, std::uint64_t round, std::uint64_t which) {
  std::seed_seq words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                      static_cast<std::uint32_t>(round), static_cast<std::uint32_t>(which)};
  return Random(words);
}

// Whole numbers below `bound`. std::uniform_int_distribution and std::shuffle differ between standard
// libraries, and with them the order of a resumed run. With this few items the bias of the remainder
// is below 1e-15.
std::size_t below(Random& random, std::size_t bound) { return static_cast<std::size_t>(random() % bound); }

template <class T>
void shuffle(std::vector<T>& items, Random& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(random, i)]);
}

void append_builds(std::vector<Slot>& order, Slot slot, std::size_t builds, Random& random) {
  std::vector<std::size_t> turns(builds);
  for (std::size_t i = 0; i < builds; ++i) turns[i] = i;
  shuffle(turns, random);
  for (const auto build : turns) {
    slot.build = build;
    order.push_back(slot);
  }
}

bool is_needed(const Block& block, std::size_t baseline, const std::vector<bool>& live) {
  for (std::size_t i = 0; i < block.cases.size(); ++i) {
    if (live[block.cases[i]] && block.baseline_of[i] == baseline) return true;
  }
  return false;
}

// The live cases, with each baseline at random places of the first half and of the second.
void append_block(std::vector<Slot>& order, std::size_t index, const Block& block,
                  const std::vector<bool>& live, std::size_t builds, unsigned baseline_samples,
                  Random& random) {
  std::vector<Slot> halves[2];
  std::vector<std::size_t> cases;
  for (const auto planned : block.cases) {
    if (live[planned]) cases.push_back(planned);
  }
  shuffle(cases, random);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    halves[2 * i < cases.size() ? 0 : 1].push_back(
        {.block = index, .planned = cases[i], .build = 0, .half = -1});
  }
  for (const auto baseline : block.baselines) {
    if (!is_needed(block, baseline, live)) continue;
    for (unsigned i = 0; i < 2 * baseline_samples; ++i) {
      const auto half = static_cast<int>(i % 2);
      auto& slots = halves[half];
      const auto place = static_cast<std::ptrdiff_t>(below(random, slots.size() + 1));
      slots.insert(slots.begin() + place, {.block = index, .planned = baseline, .build = 0, .half = half});
    }
  }
  for (const auto& slots : halves) {
    for (const auto& slot : slots) append_builds(order, slot, builds, random);
  }
}

}  // namespace

std::vector<Block> blocks_of(const std::vector<PlannedCase>& cases) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto name = cases[i].c.shape_name();
    auto block = std::ranges::find(blocks, name, &Block::name);
    if (block == blocks.end())
      block = blocks.insert(block, Block{.name = name, .baselines = {}, .cases = {}, .baseline_of = {}});
    (cases[i].role == Role::kBaseline ? block->baselines : block->cases).push_back(i);
  }
  for (auto& block : blocks) {
    for (const auto planned : block.cases) {
      const auto baseline = std::ranges::find_if(block.baselines, [&](std::size_t other) {
        return cases[other].c.backend == cases[planned].baseline;
      });
      block.baseline_of.push_back(baseline == block.baselines.end() ? planned : *baseline);
    }
  }
  return blocks;
}

std::vector<Slot> round_order(std::uint64_t seed, unsigned round, const std::vector<Block>& blocks,
                              const std::vector<bool>& live, std::size_t builds,
                              const std::vector<unsigned>& baseline_samples) {
  std::vector<std::size_t> turns;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (std::ranges::any_of(blocks[i].cases, [&](std::size_t planned) { return live[planned]; }))
      turns.push_back(i);
  }
  Random sequence = stream(seed, round, 0);
  shuffle(turns, sequence);
  std::vector<Slot> order;
  for (const auto turn : turns) {
    Random random = stream(seed, round, turn + 1);
    const auto samples = baseline_samples.empty() ? 1 : baseline_samples[turn];
    append_block(order, turn, blocks[turn], live, builds, samples, random);
  }
  return order;
}

}  // namespace breakeven
