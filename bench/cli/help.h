// Help that fits eighty columns, whatever the terminal has.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace breakeven {

class NarrowHelp : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
  std::string make_description(const CLI::App* app) const override;
};

}  // namespace breakeven
