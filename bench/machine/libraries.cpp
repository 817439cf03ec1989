// The libraries that this program is made of. Each says its own version where it can; else the build knew it.
#include <benchmark/benchmark.h>
#include <gnu/libc-version.h>
#include <libdeflate.h>
#include <link.h>
#include <zlib.h>

#include <CLI/Version.hpp>
#include <iostream>
#include <sstream>

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

// The path of the OpenMP runtime that is loaded; null without one. Two may be installed, and which one runs
// is decided when the program is linked.
Json openmp_runtime() {
  Json path;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        const std::string name = info->dlpi_name;
        for (const auto* runtime : {"/libgomp.", "/libomp.", "/libiomp5."}) {
          if (name.find(runtime) != std::string::npos) *static_cast<Json*>(result) = name;
        }
        return 0;
      },
      &path);
  return path;
}

}  // namespace

Json libraries_json() {
  const std::string benchmark_version = BREAKEVEN_BENCHMARK_VERSION;
  return {{"benchmark",
           {{"version", benchmark_version.empty() ? Json() : Json(benchmark_version)},
            {"build_type", benchmark_build_type()}}},
          {"nlohmann_json", Json::meta().at("version").at("string")},
          {"cli11", CLI11_VERSION},
          {"libdeflate", LIBDEFLATE_VERSION_STRING},
          {"zlib", ::zlibVersion()},
          {"openmp", {{"specification", BREAKEVEN_OPENMP_DATE}, {"runtime", openmp_runtime()}}},
          {"libc", std::string("glibc ") + ::gnu_get_libc_version()},
          {"libstdcxx", std::to_string(_GLIBCXX_RELEASE) + " (" + std::to_string(__GLIBCXX__) + ")"}};
}

}  // namespace breakeven
