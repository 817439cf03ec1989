# Libraries: the system's first; for people with internet, pinned sources where the system has none.
include(FetchContent)

function(breakeven_fetch name url hash)
  message(STATUS "${name}: not installed, fetching ${url}")
  FetchContent_Declare(${name} URL ${url} URL_HASH SHA256=${hash} DOWNLOAD_EXTRACT_TIMESTAMP FALSE)
  FetchContent_MakeAvailable(${name})
endfunction()

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(ZLIB REQUIRED)

find_package(nlohmann_json 3.10 QUIET)
if(NOT nlohmann_json_FOUND)
  breakeven_fetch(nlohmann_json https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
                  d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d)
endif()

find_package(CLI11 2.1 QUIET)
if(NOT CLI11_FOUND)
  breakeven_fetch(CLI11 https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz
                  f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a)
endif()

find_package(benchmark 1.6 QUIET)
if(NOT benchmark_FOUND)
  set(BENCHMARK_ENABLE_TESTING OFF CACHE INTERNAL "")
  breakeven_fetch(benchmark https://github.com/google/benchmark/archive/refs/tags/v1.8.3.tar.gz
                  6bc180a57d23d4d9515519f92b0c83d61b05b5bab188961f36ac7b06b0d9e9ce)
endif()

# CRC-32 at memory speed; zlib's own takes a third of a large sample's wall time.
find_library(LIBDEFLATE_LIBRARY deflate)
find_path(LIBDEFLATE_INCLUDE_DIR libdeflate.h)
if(LIBDEFLATE_LIBRARY AND LIBDEFLATE_INCLUDE_DIR)
  add_library(breakeven_libdeflate INTERFACE)
  target_link_libraries(breakeven_libdeflate INTERFACE
    $<BUILD_INTERFACE:${LIBDEFLATE_LIBRARY}> $<INSTALL_INTERFACE:deflate>)
  target_include_directories(breakeven_libdeflate SYSTEM INTERFACE $<BUILD_INTERFACE:${LIBDEFLATE_INCLUDE_DIR}>)
else()
  message(FATAL_ERROR "libdeflate is missing; install libdeflate-dev (Debian, Ubuntu) or libdeflate (others)")
endif()

find_package(GTest 1.11 QUIET)
if(BREAKEVEN_TESTS AND NOT GTest_FOUND)
  message(STATUS "GoogleTest is not installed: no tests are built (make test installs it)")
endif()
