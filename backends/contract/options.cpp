#include "backends/contract/options.h"

#include <algorithm>

#include "backends/contract/error.h"

namespace breakeven {
namespace {

constexpr std::string_view kTransport = "transport";

void set_option(const std::string& backend, const OptionSchema& schema, std::string_view key,
                std::string_view value, Options& options) {
  const auto option = std::ranges::find(schema, key, &Option::name);
  if (option == schema.end()) {
    std::vector<std::string> names;
    for (const auto& known : schema) names.push_back(known.name);
    if (names.empty())
      throw UsageError("backend \"" + backend + "\" has no options; drop \"" + std::string(key) + "\"");
    throw UsageError(unknown_word("option of " + backend, key, names));
  }
  if (std::ranges::find(option->values, value) == option->values.end()) {
    throw UsageError(
        unknown_word("value of " + backend + "'s option " + option->name, value, option->values));
  }
  options[option->name] = value;
}

}  // namespace

Options parse_options(const std::string& backend, std::string_view text, const OptionSchema& schema) {
  Options options;
  for (const auto& option : schema) options[option.name] = option.values.front();
  while (!text.empty()) {
    const char lead = text.front();
    text.remove_prefix(1);
    const auto end = std::min(text.find_first_of(",/"), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(end);
    if (lead == '/') {
      set_option(backend, schema, kTransport, part, options);
      continue;
    }
    const auto equals = part.find('=');
    if (lead != ',' || equals == std::string_view::npos) {
      std::string message = "backend \"" + backend + "\": \"";
      message.append(part).append("\" is not key=value; write ").append(backend);
      throw UsageError(message + "[/transport][,key=value...]");
    }
    set_option(backend, schema, part.substr(0, equals), part.substr(equals + 1), options);
  }
  return options;
}

std::string canonical_name(const std::string& backend, const Options& options, const OptionSchema& schema) {
  std::string name = backend;
  if (const auto transport = options.find(std::string(kTransport)); transport != options.end()) {
    name += "/" + transport->second;
  }
  for (const auto& [key, value] : options) {  // a map: sorted by key
    if (key == kTransport) continue;
    const auto option = std::ranges::find(schema, key, &Option::name);
    if (option != schema.end() && option->values.front() != value)
      name.append(",").append(key).append("=").append(value);
  }
  return name;
}

}  // namespace breakeven
