// Numbers out of the small text files of /proc and /sys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace breakeven {

// The whole file; nullopt where it cannot be read. For files of a few KiB.
std::optional<std::string> read_small_file(const std::string& path);

// The `index`-th number (from 0) among the words of `text`; nullopt where there is none.
std::optional<std::uint64_t> word_number(const std::string& text, std::size_t index);

// The number behind `key` at a line's start, as in "throttled_usec 12" or "ctxt_switches:\t3"; nullopt where
// there is none.
std::optional<std::uint64_t> keyed_number(const std::string& text, const std::string& key);

}  // namespace breakeven
