#include "bench/text/file_digest.h"

#include <libdeflate.h>

#include "bench/text/json_reader.h"
#include "bench/text/units.h"

namespace breakeven {

std::string file_digest(const std::string& path) {
  const auto bytes = read_text_file(path);
  return hex(libdeflate_crc32(0, bytes.data(), bytes.size()));
}

}  // namespace breakeven
