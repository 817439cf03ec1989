// Errors of use, and the nearest valid word for a misspelt one.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace breakeven {

// Something the user wrote cannot be right. The message is one line: what, where, what to do. Exit code 2.
struct UsageError : std::runtime_error {
  explicit UsageError(const std::string& message);  // control characters in the words it quotes become "?"
};

// `unknown backend "thread_pol"; did you mean "thread_pool"?`, or the whole list where nothing is near.
std::string unknown_word(std::string_view kind, std::string_view word, const std::vector<std::string>& valid);

}  // namespace breakeven
