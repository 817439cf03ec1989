#include "bench/workloads/job_file.h"

#include <libdeflate.h>

#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "backends/contract/error.h"

namespace breakeven {
namespace {

constexpr std::size_t kLongestName = 20;

}  // namespace

std::string job_file_name(const std::string& first, const std::string& content) {
  std::string name;
  for (const char c : first.substr(0, kLongestName))
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  std::array<char, 2 * sizeof(std::uint32_t) + 1> checksum{};
  std::snprintf(checksum.data(), checksum.size(), "%08x",
                libdeflate_crc32(0, content.data(), content.size()));
  return name + "-" + checksum.data();
}

std::string read_job_file(const std::string& path, const char* written_by) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw UsageError(path + ": cannot be read; `" + written_by + "` writes such a file");
  return text;
}

}  // namespace breakeven
