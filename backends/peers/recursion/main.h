// The program of one runtime: PROGRAM PROBLEM WORKERS RUNS prints {"ns": [...]}, the time of each run after a first one that
// is not timed; of `begin-…` the median, or the 99th percentile, of how long posted tasks took to begin. Exit code 1: a result
// was wrong, 2: wrong usage, 3: the runtime has no such thing.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "backends/peers/recursion/problems.h"

namespace recursion {

template <class Runtime>
int begin_of(const std::string& problem, const char* workers) {
  if constexpr (requires(Runtime & runtime) { runtime.post([] {}); }) {
    const bool long_rest = problem.ends_with("100ms");
    Runtime runtime(static_cast<unsigned>(std::atoi(workers)));
    const auto ns = beginnings(runtime, std::chrono::milliseconds(long_rest ? 100 : 1), long_rest ? 20 : 300);
    const auto at = problem.find("p99") != std::string::npos ? ns.size() * 99 / 100 : ns.size() / 2;
    std::printf("{\"ns\": [%.0f]}\n", ns[at]);
    return 0;
  }
  return 3;
}

template <class Runtime>
int solve(char** words) {
  auto problem = problem_of<Runtime>(words[1]);
  Runtime runtime(static_cast<unsigned>(std::atoi(words[2])));
  const int runs = std::atoi(words[3]);
  std::string times;
  for (int run = 0; run <= runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    double found = 0;
    runtime.inside([&] { found = problem.solve(runtime); });
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - begin;
    if (found != problem.expected) {
      std::fprintf(stderr, "%s: %.0f, and %.0f is right\n", words[1], found, problem.expected);
      return 1;
    }
    if (run > 0) times += (run > 1 ? ", " : "") + std::to_string(took.count());
  }
  std::printf("{\"ns\": [%s]}\n", times.c_str());
  return 0;
}

template <class Runtime>
int main_of(int count, char** words) {
  if (count != 4) {
    std::fprintf(
        stderr,
        "%s PROBLEM WORKERS RUNS: fib, skynet, queens, matrix, loop-factor, loop-mandelbrot, loop-rising, "
        "loop-falling or loop-giant\n",
        words[0]);
    return 2;
  }
  try {
    if (std::string(words[1]).starts_with("begin-")) return begin_of<Runtime>(words[1], words[2]);
    if constexpr (requires(Runtime & runtime) { runtime.inside([] {}); }) return solve<Runtime>(words);
    return 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}

}  // namespace recursion
