#include "backends/contract/error.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace breakeven {
namespace {

// Optimal string alignment distance (Levenshtein with swaps of neighbours), the usual measure of
// a typing error.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

}  // namespace

UsageError::UsageError(const std::string& message) : std::runtime_error(one_line(message)) {}

std::string unknown_word(std::string_view kind, std::string_view word,
                         const std::vector<std::string>& valid) {
  std::string message = "unknown " + std::string(kind) + " \"" + std::string(word.substr(0, 80)) + "\"";
  std::string nearest;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const auto& candidate : valid) {
    if (const auto distance = edit_distance(word.substr(0, 80), candidate); distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  if (least <= std::max<std::size_t>(2, word.size() / 3))
    return message + "; did you mean \"" + nearest + "\"?";
  message += "; valid: ";
  for (std::size_t i = 0; i < valid.size(); ++i) message += (i ? ", " : "") + valid[i];
  return message;
}

}  // namespace breakeven
