// The libraries that this program is made of. Each says its own version where it can; else the build knew it.
#include <benchmark/benchmark.h>
#include <gnu/libc-version.h>
#include <libdeflate.h>
#include <unistd.h>
#include <zlib.h>

#include <CLI/Version.hpp>
#include <algorithm>
#include <iostream>
#include <sstream>
#include <string_view>

#include "bench/machine/parts.h"

namespace breakeven {
namespace {

// How the library was built, out of its own mouth: it puts that into the context of its JSON.
Json benchmark_build_type() {
  using Context = benchmark::BenchmarkReporter::Context;
  if (!Context::executable_name) Context::executable_name = "";  // the reporter takes it for granted
  benchmark::JSONReporter reporter;
  std::ostringstream text;
  reporter.SetOutputStream(&text);
  reporter.SetErrorStream(&text);
  reporter.ReportContext(Context());
  const auto json = Json::parse(text.str() + "]}", nullptr, false);  // the reporter has only begun its object
  if (json.is_discarded()) return nullptr;
  const auto& context = json.at("context");
  return context.contains("library_build_type") ? context.at("library_build_type") : Json();
}

}  // namespace

Json runtime_environment() {
  static constexpr std::string_view kBegins[] = {"OMP_", "GOMP_",          "KMP_",      "MALLOC_",
                                                 "TBB_", "MIMALLOC_",      "TCMALLOC_", "PYTHON",
                                                 "LD_",  "GLIBC_TUNABLES", "BENCHMARK_"};
  Json found = Json::object();
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    const auto begins = [&](std::string_view begin) { return text.starts_with(begin); };
    if (equals != text.npos && std::ranges::any_of(kBegins, begins))
      found[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return found;
}

Json libraries_json() {
  const std::string benchmark_version = BREAKEVEN_BENCHMARK_VERSION;
  return {{"benchmark",
           {{"version", benchmark_version.empty() ? Json() : Json(benchmark_version)},
            {"build_type", benchmark_build_type()}}},
          {"nlohmann_json", Json::meta().at("version").at("string")},
          {"cli11", CLI11_VERSION},
          {"libdeflate", LIBDEFLATE_VERSION_STRING},
          {"zlib", ::zlibVersion()},
          {"openmp", {{"specification", BREAKEVEN_OPENMP_DATE}}},
          {"libc", std::string("glibc ") + ::gnu_get_libc_version()},
          {"libstdcxx", std::to_string(_GLIBCXX_RELEASE) + " (" + std::to_string(__GLIBCXX__) + ")"}};
}

}  // namespace breakeven
