// Damaged copies of a text: by bytes, and, where it is JSON, by values and keys.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace breakeven::fuzz {

using Random = std::mt19937_64;

// One to a few changes. A pure function of the text and the generator's state.
std::string mutated(std::string text, Random& random);

}  // namespace breakeven::fuzz
