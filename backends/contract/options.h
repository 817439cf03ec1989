// A backend's options are part of its identity: `name[/transport][,key=value...]`, keys
// sorted, defaults omitted.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace breakeven {

struct Option {
  std::string name;
  std::vector<std::string> values;  // allowed words; the first is the default
  std::string help;
};

// The option called "transport" is written behind a slash and always shown: which bytes cross how
// is never implied.
using OptionSchema = std::vector<Option>;

using Options = std::map<std::string, std::string>;  // complete: every option of the schema has its value

// Reads the part behind the name ("/pipe,help=off"). Throws UsageError naming the nearest valid word.
Options parse_options(const std::string& backend, std::string_view text, const OptionSchema& schema);

// The canonical spelling, for example "fork_pool/pipe,help=off".
std::string canonical_name(const std::string& backend, const Options& options, const OptionSchema& schema);

}  // namespace breakeven
