#include "bench/cli/help.h"

#include <algorithm>
#include <sstream>

namespace breakeven {
namespace {

constexpr std::size_t kWidth = 80, kNames = 26;

// The names, and beside them the text, wrapped.
std::string entry(std::string names, const std::string& text) {
  names = "  " + names;
  names += names.size() < kNames ? std::string(kNames - names.size(), ' ') : "\n" + std::string(kNames, ' ');
  std::istringstream words(text);
  std::string lines = names;
  std::size_t column = kNames;
  for (std::string word; words >> word;) {
    if (column > kNames && column + 1 + word.size() > kWidth) {
      lines += "\n" + std::string(kNames, ' ');
      column = kNames;
    } else if (column > kNames) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines + "\n";
}

}  // namespace

std::string NarrowHelp::make_option(const CLI::Option* option, bool is_positional) const {
  auto names = make_option_name(option, is_positional);
  if (!is_positional && option->get_type_size() != 0) names += " " + option->get_type_name();
  return entry(names, option->get_description());
}

// The first clause of what it says of itself.
std::string NarrowHelp::make_subcommand(const CLI::App* sub) const {
  auto text = sub->get_description() + " ";
  std::ranges::replace(text, '\n', ' ');
  return entry(sub->get_name(), text.substr(0, std::min(text.find(". "), text.find(": "))));
}

std::string NarrowHelp::make_description(const CLI::App* app) const {
  return CLI::Formatter::make_description(app) + "\n";
}

}  // namespace breakeven
