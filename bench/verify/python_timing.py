"""Does the Python cell add to what it measures? Its times beside those of the same calls, written by hand.

Every round takes one sample of each in a process of its own, in random order. Of a sample's iterations the
fastest counts: disturbances only ever add time, and what the cell would add is in all of them. A case agrees if
the interval of the paired ratio lies within 2 %. Usage: python3 bench/verify/python_timing.py [--rounds N].
Exit codes: 0 all agree; 1 some do not; 3 some are undecided (more rounds, or a quieter machine).
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "backends" / "python"
sys.path[:0] = [str(ROOT), str(PYTHON)]

from breakeven_cell import worker, workloads  # noqa: E402
from breakeven_cell.shape import Shape  # noqa: E402

MARGIN = 0.02
ITERATIONS = 16
WORKERS = 2

# Name: backend, dispatch, chunk, workload, tasks. Jobs of some 10 to 100 ms.
CASES: dict[str, tuple[str, str, Any, str, int]] = {
    "serial, 20,000 empty tasks": ("py_serial", "map", "default", "compute", 20000),
    "threads, 1,000 empty tasks": ("py_thread_pool", "map", "default", "compute", 1000),
    "executor.map, 1,000 empty tasks": ("py_process_pool", "map", "default", "compute", 1000),
    "executor.submit, 1,000 empty tasks": ("py_process_pool", "submit", "default", "compute", 1000),
    "executor.map by 2,500, 20,000 empty tasks": ("py_process_pool", "map", 2500, "compute", 20000),
    "Pool.map, 20,000 empty tasks": ("py_mp_pool", "map", "default", "compute", 20000),
    "executor.map, 20 numbers": ("py_process_pool", "map", "default", "factorize", 20),
    "Pool.map, 20 numbers": ("py_mp_pool", "map", "default", "factorize", 20),
}


def by_hand(name: str) -> float:
    """Seconds of the fastest run, timed as a user would."""
    backend, dispatch, chunk, workload, tasks = CASES[name]
    shape = Shape(workload=workload, tasks=tasks)
    inputs = workloads.inputs(shape)
    context = multiprocessing.get_context("fork")
    task = worker.run
    begin: Any = {"initializer": worker.start, "initargs": (shape, "python", b"")}
    worker.configure(shape, "python", b"")
    if backend == "py_serial":
        return _timed(lambda: [task(data) for data in inputs])
    if backend == "py_thread_pool":
        with ThreadPoolExecutor(WORKERS) as threads:
            return _timed(lambda: list(threads.map(task, inputs)))
    if backend == "py_mp_pool":
        with context.Pool(WORKERS, **begin) as pool:
            return _timed(lambda: pool.map(task, inputs))
    with ProcessPoolExecutor(WORKERS, mp_context=context, **begin) as executor:
        if dispatch == "submit":
            return _timed(lambda: [f.result() for f in [executor.submit(task, data) for data in inputs]])
        if chunk == "default":
            return _timed(lambda: list(executor.map(task, inputs)))
        return _timed(lambda: list(executor.map(task, inputs, chunksize=chunk)))


def _timed(call: Callable[[], list[bytes]]) -> float:
    call()
    seconds = []
    for _ in range(ITERATIONS):
        start = perf_counter()
        results = call()
        seconds.append(perf_counter() - start)
        del results
    return min(seconds)


def by_cell(name: str) -> float:
    backend, dispatch, chunk, workload, tasks = CASES[name]
    case = {
        "workload": workload, "backend": backend, "workers": 1 if backend == "py_serial" else WORKERS,
        "tasks": tasks, "in_bytes": 0, "out_bytes": 0, "cost": 0, "skew": 0, "dispatch": dispatch,
        "chunk": chunk, "pool": "warm", "pin": "none",
    }
    request = json.dumps({"protocol": 1, "case": case, "iterations": ITERATIONS, "batch": 1})
    line = _output([str(PYTHON / "cell.py"), request])
    return float(min(json.loads(line)["breakeven_sample"]["iteration_ns"])) / 1e9


def _output(words: list[str]) -> str:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True).stdout


def main() -> int:
    from analysis import stats

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--hand", metavar="CASE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hand:
        print(by_hand(options.hand))
        return 0
    logs: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for number in range(options.rounds):
        # Both samples of a case are neighbours.
        for name in random.sample(sorted(CASES), len(CASES)):
            for who in random.sample(["cell", "hand"], 2):
                seconds = by_cell(name) if who == "cell" else float(_output([__file__, "--hand", name]))
                logs[name, who][number] = math.log(seconds)
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    print(f"{'':44}{'by hand':>10}{'cell/hand':>11}  95 % interval")
    worst = 0
    for name in CASES:
        ratio = stats.paired_ratio(logs[name, "cell"], logs[name, "hand"])
        by = stats.median_interval(list(logs[name, "hand"].values())).exp().value
        assert ratio is not None
        word, code = _verdict(ratio.low, ratio.high)
        worst = max(worst, code, key=[0, 3, 1].index)
        interval = f"[{ratio.low:.3f}, {ratio.high:.3f}]" if ratio.low and ratio.high else "(too few rounds)"
        print(f"{name:44}{by * 1e3:>7.2f} ms{ratio.value:>11.3f}  {interval}  {word}")
    return worst


def _verdict(low: float | None, high: float | None) -> tuple[str, int]:
    if low is None or high is None:
        return "undecided", 3
    if low > 1 - MARGIN and high < 1 + MARGIN:
        return "within 2 %", 0
    return ("beyond 2 %", 1) if low > 1 + MARGIN or high < 1 - MARGIN else ("undecided", 3)


if __name__ == "__main__":
    sys.exit(main())
