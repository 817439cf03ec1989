#include "bench/cli/interpreters.h"

#include <algorithm>
#include <iterator>

#include "bench/installation/interpreters.h"

namespace breakeven {
namespace {

constexpr const char* kPythonsPools[] = {"py_thread_pool", "py_process_pool", "py_mp_pool"};

}  // namespace

std::vector<std::string> pythons_pools(const std::vector<std::string>& given) {
  std::vector<std::string> pools(std::begin(kPythonsPools), std::end(kPythonsPools));
  for (const auto& one : find_interpreters(given)) {
    const auto by = ",python=" + one.label;
    if (!one.gil) pools.push_back("py_thread_pool" + by);
    if (one.pools) pools.push_back("py_interpreter_pool" + by);
    if (!given.empty()) pools.push_back("py_process_pool" + by);
  }
  return pools;
}

void add_interpreters(Suite& suite, const Catalogue& catalogue) {
  for (auto& grid : suite.grids) {
    const auto backends = grid.axes.find("backend");
    const auto names_one = [](const std::string& spec) { return spec.find(",python=") != std::string::npos; };
    if (backends == grid.axes.end() || std::ranges::any_of(backends->second, names_one)) continue;
    std::vector<std::string> more;
    for (const auto& spec : backends->second) {
      if (spec == "all") continue;
      const auto& options = catalogue.resolve(spec).entry->options;
      if (std::ranges::find(options, kInterpreterOption, &Option::name) == options.end()) continue;
      for (const auto& one : catalogue.interpreters()) {
        more.push_back(spec + ",python=" + one.label);
        if (spec == "py_thread_pool" && one.pools) more.push_back("py_interpreter_pool,python=" + one.label);
      }
    }
    for (auto& spec : more) {
      if (std::ranges::find(backends->second, spec) == backends->second.end())
        backends->second.push_back(std::move(spec));
    }
  }
}

}  // namespace breakeven
