"""What the programs in Python share: their loop runs in a row, by threads, or by processes, as the words
behind it say.

    python3 program.py INPUTS serial | threads WORKERS | processes WORKERS [CHUNK]

The last line that each prints is the time of its loop, without the making of a pool.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Callable, Sequence

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
WAY = sys.argv[2] if len(sys.argv) > 2 else "serial"
WORKERS = int(sys.argv[3]) if len(sys.argv) > 3 else 2
CHUNK = int(sys.argv[4]) if len(sys.argv) > 4 else 1


def loop(function: Callable[[Any], Any], items: Sequence[Any], serial: Callable[[], list[Any]]) -> list[Any]:
    if WAY == "threads":
        with ThreadPoolExecutor(WORKERS) as threads:
            list(threads.map(_nap, range(WORKERS)))
            start = perf_counter_ns()
            results = list(threads.map(function, items))
            spent = perf_counter_ns() - start
    elif WAY == "processes":
        with ProcessPoolExecutor(WORKERS) as processes:
            list(processes.map(_nap, range(WORKERS)))
            start = perf_counter_ns()
            results = list(processes.map(function, items, chunksize=CHUNK))
            spent = perf_counter_ns() - start
    else:
        start = perf_counter_ns()
        results = serial()
        spent = perf_counter_ns() - start
    print(f"loop_ns {spent}")
    return results


def _nap(_: int) -> None:
    """Has every worker made before the clock runs."""
    end = perf_counter_ns() + 20_000_000
    while perf_counter_ns() < end:
        pass


def parts(lines: Sequence[str], count: int) -> list[list[str]]:
    ends = [len(lines) * number // count for number in range(count + 1)]
    return [list(lines[first:last]) for first, last in zip(ends, ends[1:])]
