"""Three repositories of strangers, made by a script: C++ with Google Benchmark, Python with pytest-benchmark,
a shell command. The work of each is as large as a number in one file says: a commit can plant a change."""

from __future__ import annotations

import subprocess
from pathlib import Path

CMAKE = """cmake_minimum_required(VERSION 3.16)
project(chains CXX)
find_package(benchmark REQUIRED)
add_executable(chains_bench bench.cpp chain.cpp)
target_link_libraries(chains_bench PRIVATE benchmark::benchmark)
"""
CHAIN = """#include <cstdint>
#include "size.h"
std::uint64_t chain(std::uint64_t steps) {
  std::uint64_t x = 1;
  const std::uint64_t count = steps * SIZE / 100;
  for (std::uint64_t i = 0; i < count; ++i) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
  return x;
}
"""
BENCH = """#include <benchmark/benchmark.h>
#include <cstdint>
#include <cmath>
#include <map>
#include <string>
#include <vector>
#include <algorithm>
#include <numeric>
std::uint64_t chain(std::uint64_t steps);
static void BM_chain(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(chain(static_cast<std::uint64_t>(state.range(0))));
}
BENCHMARK(BM_chain)->Arg(500)->Arg(5000)->Arg(50000);
static void BM_threads(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(chain(20000));
}
BENCHMARK(BM_threads)->Threads(2)->UseRealTime();
static void BM_fixed(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(chain(3000));
}
BENCHMARK(BM_fixed)->Iterations(4000)->Unit(benchmark::kMicrosecond);
static void BM_sort(benchmark::State& state) {
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::uint32_t x = 7;
    for (auto& n : numbers) n = x = x * 1664525u + 1013904223u;
    std::sort(numbers.begin(), numbers.end());
    benchmark::DoNotOptimize(numbers.data());
  }
}
BENCHMARK(BM_sort)->Range(64, 4096);
static void BM_map(benchmark::State& state) {
  for (auto _ : state) {
    std::map<int, std::string> found;
    for (int i = 0; i < 500; ++i) found[i * 7919 % 1009] = "x";
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(BM_map);
template <class T> static void BM_sum(benchmark::State& state) {
  std::vector<T> numbers(20000, T(1));
  for (auto _ : state) benchmark::DoNotOptimize(std::accumulate(numbers.begin(), numbers.end(), T()));
}
BENCHMARK_TEMPLATE(BM_sum, double);
BENCHMARK_TEMPLATE(BM_sum, int);
BENCHMARK_MAIN();
"""
WORK = """from size import SIZE


def chain(steps):
    x = 1
    for i in range(steps * SIZE // 100):
        x = (x * 31 + i) % 1000003
    return x
"""
TESTS = """import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import work


@pytest.mark.parametrize("steps", [300, 3000, 30000])
def test_chain(benchmark, steps):
    benchmark(work.chain, steps)


def test_sort(benchmark):
    benchmark(sorted, [i * 7919 % 10007 for i in range(5000)])
"""
SCRIPT = """#!/bin/sh
. ./size.sh
i=0
while [ $i -lt $((SIZE * 100)) ]; do i=$((i + 1)); done
echo done
"""


class Repository:
    """One of them; `plant` commits a change of its work, in per cent."""

    def __init__(self, folder: Path, files: dict[str, str], size: str) -> None:
        self.folder, self._size = folder, size
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.commit("one", {**files, **self._sized(0)})

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
        command = ["git", *who, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, message: str, files: dict[str, str]) -> str:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def plant(self, per_cent: float) -> str:
        return self.commit(f"{per_cent:+g} %", self._sized(per_cent))

    def _sized(self, per_cent: float) -> dict[str, str]:
        name, form = self._size.split(": ")
        return {name: form.format(round(100 + per_cent)) + "\n"}


def cpp(folder: Path) -> Repository:
    files = {"CMakeLists.txt": CMAKE, "chain.cpp": CHAIN, "bench.cpp": BENCH}
    return Repository(folder, files, "size.h: #define SIZE {}")


def python(folder: Path) -> Repository:
    files = {"pyproject.toml": "", "work.py": WORK, "tests/test_bench.py": TESTS}
    files[".gitignore"] = "__pycache__\n"
    return Repository(folder, files, "size.py: SIZE = {}")


def shell(folder: Path) -> Repository:
    return Repository(folder, {"Makefile": "all:\n", "run.sh": SCRIPT}, "size.sh: SIZE={}")


ALL = {"gbench": cpp, "pytest": python, "command": shell}
# What --init cannot know: that nothing is built, and what the command is.
CHANGED = {"command": {"run": "sh run.sh", "adapter": "command", "expect_same_output": True}}
EXPECTED = {"gbench": "BM_chain/5000", "pytest": "tests/test_bench.py::test_chain[3000]", "command": "sh"}
BREAKS = {
    "gbench": {"chain.cpp": "no C++\n"}, "pytest": {"work.py": "no Python\n"},
    "command": {"size.sh": "exit 3\n"},
}
