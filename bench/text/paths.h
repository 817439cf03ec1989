// Paths in files that people write.
#pragma once

#include <filesystem>
#include <string>

namespace breakeven {

// A word that begins with ./ or ../ is a path from the file's folder, so that what lies together can move together.
inline std::string from_folder(const std::filesystem::path& folder, const std::string& word) {
  if (!word.starts_with("./") && !word.starts_with("../")) return word;
  return std::filesystem::absolute(folder / word).lexically_normal();
}

}  // namespace breakeven
