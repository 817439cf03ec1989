// One table of words for each enum: what prints it, what reads it, and what a complaint offers.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/contract/error.h"

namespace breakeven {

// Specialised beside each enum that has words:
//   template <> struct WordsOf<Pin> {
//     static constexpr std::string_view kind = "pin";  // how a complaint calls it
//     static constexpr std::pair<Pin, std::string_view> words[] = {{Pin::kNone, "none"}, ...};
//   };
template <class Enum>
struct WordsOf;

template <class Enum>
requires requires { WordsOf<Enum>::words; }
std::string to_string(Enum value) {
  return std::string(
      std::ranges::find(WordsOf<Enum>::words, value, &std::pair<Enum, std::string_view>::first)->second);
}

template <class Enum>
std::vector<std::string> all_words() {
  std::vector<std::string> list;
  for (const auto& [value, word] : WordsOf<Enum>::words) list.emplace_back(word);
  return list;
}

// Throws UsageError naming the nearest word.
template <class Enum>
Enum parse_word(const std::string& text) {
  for (const auto& [value, word] : WordsOf<Enum>::words) {
    if (word == text) return value;
  }
  throw UsageError(unknown_word(WordsOf<Enum>::kind, text, all_words<Enum>()));
}

}  // namespace breakeven
