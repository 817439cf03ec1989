#include "bench/text/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "backends/contract/error.h"

namespace breakeven {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// A number and one of the units; nothing before, between or after.
template <std::size_t N>
std::optional<double> parse(std::string_view text, const std::array<Unit, N>& units) {
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  for (const auto& unit : units) {
    if (unit.name == suffix) return value * unit.factor;
  }
  return std::nullopt;
}

[[noreturn]] void refuse(std::string_view text, const char* what, const char* examples) {
  throw UsageError("\"" + std::string(text.substr(0, 80)) + "\" is not a " + what + "; write for example " +
                   examples);
}

std::uint64_t whole(std::optional<double> value, std::string_view text, const char* what,
                    const char* examples) {
  if (!value || *value != std::floor(*value) || *value > 9007199254740992.0) refuse(text, what, examples);
  return static_cast<std::uint64_t>(*value);
}

}  // namespace

double parse_seconds(std::string_view text) {
  static constexpr std::array<Unit, 7> kUnits{
      {{"ns", 1e-9},
       {"us", 1e-6},
       {"\u00b5s", 1e-6},
       {"\u03bcs", 1e-6},  // the Greek letter: some keyboards give that
       {"ms", 1e-3},
       {"s", 1},
       {"m", 60}}};
  const auto value = parse(text, kUnits);
  if (!value) refuse(text, "time", "20us, 1.5ms, 60s or 4m");
  return *value;
}

std::uint64_t parse_bytes(std::string_view text) {
  static constexpr std::array<Unit, 11> kUnits{{{"", 1},
                                                {"B", 1},
                                                {"KiB", 1024},
                                                {"MiB", 1048576},
                                                {"GiB", 1073741824},
                                                {"K", 1024},
                                                {"M", 1048576},
                                                {"G", 1073741824},
                                                {"KB", 1e3},
                                                {"MB", 1e6},
                                                {"GB", 1e9}}};
  return whole(parse(text, kUnits), text, "size", "0, 64B, 4KiB or 1MiB");
}

double parse_fraction(std::string_view text) {
  static constexpr std::array<Unit, 2> kUnits{{{"", 1}, {"%", 0.01}}};
  const auto value = parse(text, kUnits);
  if (!value) refuse(text, "fraction", "5% or 0.05");
  return *value;
}

std::uint64_t parse_count(std::string_view text) {
  static constexpr std::array<Unit, 3> kUnits{{{"", 1}, {"k", 1e3}, {"M", 1e6}}};
  return whole(parse(text, kUnits), text, "count", "300, 100k or 1M");
}

std::string format_ns(double ns) {
  static constexpr std::array<Unit, 4> kUnits{{{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}}};
  for (const auto& unit : kUnits) {
    if (ns < unit.factor * 0.9995 && unit.factor != 1) continue;
    const double value = ns / unit.factor;
    char text[32];
    std::snprintf(text, sizeof text, "%.*f %s",
                  value < 9.995   ? 2
                  : value < 99.95 ? 1
                                  : 0,
                  value, unit.name.data());
    return text;
  }
  return "0 ns";
}

std::string format_bytes(std::uint64_t bytes) {
  static constexpr std::array<Unit, 3> kUnits{{{"GiB", 1073741824}, {"MiB", 1048576}, {"KiB", 1024}}};
  for (const auto& unit : kUnits) {
    const auto factor = static_cast<std::uint64_t>(unit.factor);
    if (bytes >= factor && bytes % factor == 0)
      return std::to_string(bytes / factor) + std::string(unit.name);
  }
  return std::to_string(bytes);
}

std::string format_seconds(double seconds) {
  char text[48];
  if (seconds < 60) {
    std::snprintf(text, sizeof text, "%.*f s", seconds < 10 ? 1 : 0, seconds);
  } else {
    const auto whole_seconds = std::lround(seconds);
    std::snprintf(text, sizeof text, "%ld min %ld s", whole_seconds / 60, whole_seconds % 60);
  }
  return text;
}

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

}  // namespace breakeven
