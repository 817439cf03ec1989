"""Does the Python cell add to what it measures? Its times beside those of the same calls, written by hand.

Every round is a fresh process for each case. It makes the cell's pool and another one by hand, and times both
in turn, in random order, on the same inputs. Of each the fastest run counts: disturbances only ever add time,
and what the cell would add is in all of its runs. A case agrees if the interval of the paired ratio over the
rounds lies within 2 %. Usage: python3 bench/verify/python_timing.py [--rounds N]. Exit codes: 0 all agree;
1 some do not; 3 some are undecided (more rounds, or a quieter machine).
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
sys.path[:0] = [str(ROOT), str(ROOT / "backends" / "python")]

from breakeven_cell import request as requests  # noqa: E402
from breakeven_cell import worker, workloads  # noqa: E402
from breakeven_cell.sample import Sample  # noqa: E402
from breakeven_cell.shape import Shape  # noqa: E402
from breakeven_cell.watch import Watch  # noqa: E402

MARGIN = 0.02
WORKERS = 2
RUNS_S = 1.5  # how long each case is measured in a round

# Name: backend, dispatch, chunk, workload, tasks. Jobs of some 3 to 50 ms.
CASES: dict[str, tuple[str, str, Any, str, int]] = {
    "serial, 20,000 empty tasks": ("py_serial", "map", "default", "compute", 20000),
    "threads, 300 empty tasks": ("py_thread_pool", "map", "default", "compute", 300),
    "executor.map, 300 empty tasks": ("py_process_pool", "map", "default", "compute", 300),
    "executor.submit, 300 empty tasks": ("py_process_pool", "submit", "default", "compute", 300),
    "executor.map by 2,500, 20,000 empty tasks": ("py_process_pool", "map", 2500, "compute", 20000),
    "Pool.map, 20,000 empty tasks": ("py_mp_pool", "map", "default", "compute", 20000),
    "executor.map, 10 numbers": ("py_process_pool", "map", "default", "factorize", 10),
    "Pool.map, 10 numbers": ("py_mp_pool", "map", "default", "factorize", 10),
}

Call = Callable[[], Any]


def measure(name: str) -> tuple[float, float]:
    """Seconds of the fastest run: the cell's, and by hand."""
    backend, dispatch, chunk, workload, tasks = CASES[name]
    shape = Shape(workload=workload, tasks=tasks)
    inputs = workloads.inputs(shape)
    begin: Any = {"initializer": worker.start, "initargs": (shape, "python", b"")}
    context = multiprocessing.get_context("fork")
    task = worker.run
    with Watch(60) as watch:
        sample = Sample(_request(name), watch)  # makes this process's own task too
        by_cell = sample.ready()
        if backend == "py_serial":
            return _fastest(by_cell, _timed(lambda: [task(data) for data in inputs]))
        if backend == "py_thread_pool":
            with ThreadPoolExecutor(WORKERS) as threads:
                return _fastest(by_cell, _timed(lambda: list(threads.map(task, inputs))))
        if backend == "py_mp_pool":
            with context.Pool(WORKERS, **begin) as pool:
                return _fastest(by_cell, _timed(lambda: pool.map(task, inputs)))
        with ProcessPoolExecutor(WORKERS, mp_context=context, **begin) as executor:
            if dispatch == "submit":
                return _fastest(by_cell, _timed(lambda: _results([executor.submit(task, x) for x in inputs])))
            if chunk == "default":
                return _fastest(by_cell, _timed(lambda: list(executor.map(task, inputs))))
            return _fastest(by_cell, _timed(lambda: list(executor.map(task, inputs, chunksize=chunk))))


def _results(pending: list[Any]) -> list[bytes]:
    return [future.result() for future in pending]


def _request(name: str) -> requests.Request:
    backend, dispatch, chunk, workload, tasks = CASES[name]
    case = {
        "workload": workload, "backend": backend, "workers": 1 if backend == "py_serial" else WORKERS,
        "tasks": tasks, "in_bytes": 0, "out_bytes": 0, "cost": 0, "skew": 0, "dispatch": dispatch,
        "chunk": chunk, "pool": "warm", "pin": "none",
    }
    return requests.parse(json.dumps({"protocol": 1, "case": case}))


def _timed(call: Call) -> Callable[[], float]:
    def seconds() -> float:
        start = perf_counter()
        results = call()
        elapsed = perf_counter() - start
        del results
        return elapsed

    return seconds


def _fastest(by_cell: Callable[[], float], by_hand: Callable[[], float]) -> tuple[float, float]:
    both = {"cell": by_cell, "hand": by_hand}
    best = {who: run() for who, run in both.items()}
    end = perf_counter() + RUNS_S
    while perf_counter() < end:
        for who in random.sample(sorted(both), 2):
            best[who] = min(best[who], both[who]())
    return best["cell"], best["hand"]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(options.case)))
        return 0
    logs: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for number in range(options.rounds):
        for name in random.sample(sorted(CASES), len(CASES)):
            command = [sys.executable, __file__, "--case", name]
            printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            for who, seconds in zip(("cell", "hand"), json.loads(printed)):
                logs[name, who][number] = math.log(seconds)
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return _report(logs)


def _report(logs: dict[tuple[str, str], dict[int, float]]) -> int:
    from analysis import stats

    print(f"{'':44}{'by hand':>10}{'cell/hand':>11}  95 % interval")
    codes = []
    for name in CASES:
        ratio = stats.paired_ratio(logs[name, "cell"], logs[name, "hand"])
        hand = stats.median_interval(list(logs[name, "hand"].values())).exp().value
        assert ratio is not None
        word, code = _verdict(ratio.low, ratio.high)
        codes.append(code)
        interval = f"[{ratio.low:.3f}, {ratio.high:.3f}]" if ratio.low and ratio.high else "(too few rounds)"
        print(f"{name:44}{hand * 1e3:>7.2f} ms{ratio.value:>11.3f}  {interval}  {word}")
    return max(codes, key=[0, 3, 1].index)


def _verdict(low: float | None, high: float | None) -> tuple[str, int]:
    if low is None or high is None:
        return "undecided", 3
    if low > 1 - MARGIN and high < 1 + MARGIN:
        return "within 2 %", 0
    return ("beyond 2 %", 1) if low > 1 + MARGIN or high < 1 - MARGIN else ("undecided", 3)


if __name__ == "__main__":
    sys.exit(main())
