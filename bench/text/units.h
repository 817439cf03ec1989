// Times, sizes and fractions as people write them: "200us", "4KiB", "5%"; and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace breakeven {

// Each throws UsageError that shows the text and a right example.
double parse_seconds(std::string_view text);       // "20us", "1.5ms", "60s", "4m"; a unit is required
std::uint64_t parse_bytes(std::string_view text);  // "0", "64B", "4KiB" = "4K" = 4096, "4KB" = 4000
double parse_fraction(std::string_view text);      // "5%" or "0.05"
std::uint64_t parse_count(std::string_view text);  // "300", "100k", "1M"

std::string format_ns(double ns);               // three significant digits: "16.5 ms"
std::string format_bytes(std::uint64_t bytes);  // "0", "64", "4KiB": exact, no spaces
std::string format_seconds(double seconds);     // "1 min 52 s"

std::string hex(std::uint32_t value);  // 8 digits: "00c0ffee"

}  // namespace breakeven
