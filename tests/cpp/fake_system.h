// A tree of files that stands for another machine's /proc and /sys.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "bench/machine/system_files.h"

namespace breakeven {

class FakeSystem {
 public:
  FakeSystem() {
    std::string pattern = std::filesystem::temp_directory_path() / "breakeven-machine-XXXXXX";
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make " + pattern);
    root_ = pattern;
  }
  ~FakeSystem() { std::filesystem::remove_all(root_); }
  FakeSystem(const FakeSystem&) = delete;
  FakeSystem& operator=(const FakeSystem&) = delete;

  void write(const std::string& path, const std::string& text) const {
    const auto file = root_ / path.substr(1);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }
  void make_folder(const std::string& path) const {
    std::filesystem::create_directories(root_ / path.substr(1));
  }

  SystemFiles files() const { return SystemFiles(root_); }

 private:
  std::filesystem::path root_;
};

}  // namespace breakeven
