// One table of words for each enum: what prints it, what reads it, and what a complaint offers.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/contract/error.h"

namespace breakeven {

template <class Enum, std::size_t N>
struct Words {
  std::string_view kind;  // how a complaint calls the enum
  std::array<std::pair<Enum, std::string_view>, N> list;
};

template <class Enum, std::size_t N>
constexpr Words<Enum, N> words(std::string_view kind, const std::pair<Enum, std::string_view> (&list)[N]) {
  return {kind, std::to_array(list)};
}

// Specialised beside each enum that has words:
//   template <>
//   inline constexpr auto kWords<Pin> = words<Pin>("pin", {{Pin::kNone, "none"}, {Pin::kSpread, "spread"}});
template <class Enum>
inline constexpr int kWords = 0;

template <class Enum>
requires requires { kWords<Enum>.list; }
std::string to_string(Enum value) {
  return std::string(
      std::ranges::find(kWords<Enum>.list, value, &std::pair<Enum, std::string_view>::first)->second);
}

template <class Enum>
std::vector<std::string> all_words() {
  std::vector<std::string> list;
  for (const auto& [value, word] : kWords<Enum>.list) list.emplace_back(word);
  return list;
}

// Throws UsageError naming the nearest word.
template <class Enum>
Enum parse_word(const std::string& text) {
  for (const auto& [value, word] : kWords<Enum>.list) {
    if (word == text) return value;
  }
  throw UsageError(unknown_word(kWords<Enum>.kind, text, all_words<Enum>()));
}

}  // namespace breakeven
