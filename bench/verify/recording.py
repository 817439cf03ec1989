"""What does recording cost? A loop of short tasks, with and without, in turn.

Compiles a program in C++ and takes one in Python, each with a loop of tasks of some 10 us; runs both with
BREAKEVEN_RECORD and without, one after the other, and prints how much longer the loop takes with it (the
median of the ratios, and the middle half), and what the recording says of itself. Usage: python3
bench/verify/recording.py [--pairs 20] [--include build/include] [--package build/share/breakeven/python]. It
takes half a minute; let nothing else run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Sequence

ROOT = Path(__file__).resolve().parents[2]

CPP = r"""
#include "bench/site.h"
int main() {
  std::vector<unsigned long> in(20000, 1), out(in.size());
  const auto start = std::chrono::steady_clock::now();
  {
    BREAKEVEN_SITE(loop);
    for (std::size_t i = 0; i < in.size(); ++i) {
      BREAKEVEN_TASK(in[i], out[i]);
      volatile unsigned long state = in[i];
      for (int step = 0; step < 2500; ++step) state = state * 6364136223846793005UL + 1;
      out[i] = state;
    }
  }
  std::printf("%lld\n", static_cast<long long>((std::chrono::steady_clock::now() - start).count()));
}
"""

PYTHON = """
from time import perf_counter_ns
from breakeven.site import Site

site = Site("loop")
start = perf_counter_ns()
for n in [130] * 20000:
    with site.task(n) as task:
        x = 0
        for i in range(n):
            x += i * i
        task.result = x
print(perf_counter_ns() - start)
"""


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").split("Usage: ")[1].split(". It")[0])
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--include", type=Path, default=ROOT / "build" / "include")
    parser.add_argument("--package", type=Path, default=ROOT / "build" / "share" / "breakeven" / "python")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "loop.cpp").write_text(CPP)
        (Path(folder) / "loop.py").write_text(PYTHON)
        compiler = ["g++", "-std=c++17", "-O2", f"-I{options.include}", "loop.cpp", "-o", "loop"]
        subprocess.run(compiler, cwd=folder, check=True)
        environment = {**os.environ, "PYTHONPATH": str(options.package)}
        for name, command in (("C++", ["./loop"]), ("Python", [sys.executable, "loop.py"])):
            _compare(name, command, folder, environment, options.pairs)
    return 0


def _compare(name: str, command: Sequence[str], folder: str, environment: dict[str, str], pairs: int) -> None:
    ratios, plain = [], []
    said = 0.0
    for _ in range(pairs):
        with tempfile.TemporaryDirectory() as record:
            without = _loop_ns(command, folder, environment)
            recorded = _loop_ns(command, folder, {**environment, "BREAKEVEN_RECORD": record})
            raw = json.loads(next(Path(record).glob("site-*.json")).read_text())
        ratios.append(recorded / without - 1)
        plain.append(without / raw["tasks"])
        said = raw["cost_ns"] * raw["tasks"] / raw["tasks_ns"]
    low, _, high = quantiles(ratios, n=4)
    print(
        f"{name}: tasks of {median(plain) / 1000:.1f} us; recorded {median(ratios):+.1%} "
        f"({low:+.1%} .. {high:+.1%}), it says {said:+.1%} itself"
    )


def _loop_ns(command: Sequence[str], folder: str, environment: dict[str, str]) -> float:
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return float(ended.stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
