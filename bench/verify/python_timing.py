"""Does the Python cell add to what it measures? Its times beside those of the same calls, written by hand.

Every round is a fresh process for each case. It lets the cell make its pool, some times over, and times
runs on it by the cell and by hand in turn, in random order, on the same inputs: jobs of a few ms, so that
what the cell adds shows. The cell takes the path of a sample's iterations, with all that it reads before and
after one. Both use one pool, since two made alike differ by more than the cell adds: their processes lie
elsewhere in memory and on other cores; of a cold case each run has a pool of its own. A pool (of a cold case
as many runs) is one observation, the median ratio of its pairs of runs. A case agrees if the interval of the
median over all pools lies within 2 %.

Usage: python3 bench/verify/python_timing.py [--rounds N], after `make build`. Exit codes: 0 all agree; 1 some
do not; 3 some are undecided: take more rounds, or a quieter machine; 2 the C++ kernel is not built.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "backends" / "python")]

from breakeven_cell import request as requests  # noqa: E402
from breakeven_cell import native, worker, workloads  # noqa: E402
from breakeven_cell.sample import Sample  # noqa: E402
from breakeven_cell.shape import Shape  # noqa: E402
from breakeven_cell.watch import Watch  # noqa: E402

MARGIN = 0.02
WORKERS = 2
POOLS = 6  # in a round of a case
RUNS_S = 0.3  # how long each of them is measured

# Name: backend, dispatch, chunk, workload, tasks, pool.
CASES: dict[str, tuple[str, str, Any, str, int, str]] = {
    "serial, 5,000 empty tasks": ("py_serial", "map", "default", "compute", 5000, "warm"),
    "serial, 30 numbers in C++": ("py_serial,kernel=native", "map", "default", "factorize", 30, "warm"),
    "threads, 300 empty tasks": ("py_thread_pool", "map", "default", "compute", 300, "warm"),
    "threads, 30 numbers in C++": ("py_thread_pool,kernel=native", "map", "default", "factorize", 30, "warm"),
    "executor.map, 40 empty tasks": ("py_process_pool", "map", "default", "compute", 40, "warm"),
    "executor.submit, 40 empty tasks": ("py_process_pool", "submit", "default", "compute", 40, "warm"),
    "executor.map by 500, 4,000 empty tasks": ("py_process_pool", "map", 500, "compute", 4000, "warm"),
    "Pool.map, 4,000 empty tasks": ("py_mp_pool", "map", "default", "compute", 4000, "warm"),
    "executor.map, 2 numbers": ("py_process_pool", "map", "default", "factorize", 2, "warm"),
    "executor.map, 30 numbers in C++": (
        "py_process_pool,kernel=native", "map", "default", "factorize", 30, "warm"
    ),
    "executor.map, 2 numbers, cold": ("py_process_pool", "map", "default", "factorize", 2, "cold"),
    "Pool.map, 2 numbers": ("py_mp_pool", "map", "default", "factorize", 2, "warm"),
    "Pool.map, 30 numbers in C++": ("py_mp_pool,kernel=native", "map", "default", "factorize", 30, "warm"),
    "Pool.map, 2 numbers, cold": ("py_mp_pool", "map", "default", "factorize", 2, "cold"),
}

Call = Callable[[Any, list[bytes], int], list[bytes]]


@dataclass(frozen=True)
class Pair:
    """What one pool took: the median seconds of a run by hand, and the median ratio of the cell's to it."""

    hand_s: float
    ratio: float


def measure(name: str) -> Pair:
    backend, dispatch, chunk, workload, tasks, pool_state = CASES[name]
    family = backend.partition(",")[0]
    inputs = workloads.inputs(Shape(workload=workload, tasks=tasks))
    call, size = _CALLS[family, dispatch], 1 if chunk == "default" else chunk
    if pool_state == "cold":
        call = _in_a_pool_of_its_own(_POOLS[family], call)
    with Watch(60) as watch:
        sample = Sample(_request(name), watch)
        by_cell = sample.ready()
        pool = sample.pool

        def by_hand() -> float:
            """Seconds of one run, as a user would time it: a clock around a function that uses the pool."""
            start = perf_counter()
            results = call(pool, inputs, size)
            elapsed = perf_counter() - start
            del results
            return elapsed

        by_cell(), by_hand(), by_hand()  # until every worker is there
        hand, ratios = [], []
        end = perf_counter() + RUNS_S
        while perf_counter() < end:
            if random.random() < 0.5:
                cell_s, hand_s = by_cell(), by_hand()
            else:
                hand_s, cell_s = by_hand(), by_cell()
            hand.append(hand_s)
            ratios.append(cell_s / hand_s)
        sample.close()
        return Pair(statistics.median(hand), statistics.median(ratios))


def _plain_loop(pool: None, inputs: list[bytes], chunk: int) -> list[bytes]:
    task = worker.run
    return [task(data) for data in inputs]


def _pool_map(pool: Any, inputs: list[bytes], chunk: int) -> list[bytes]:
    results: list[bytes] = pool.map(worker.run, inputs)
    return results


def _executor_map(executor: Any, inputs: list[bytes], chunk: int) -> list[bytes]:
    return list(executor.map(worker.run, inputs, chunksize=chunk))


def _executor_submit(executor: Any, inputs: list[bytes], chunk: int) -> list[bytes]:
    pending = [executor.submit(worker.run, data) for data in inputs]
    return [future.result() for future in pending]


def _in_a_pool_of_its_own(make: Callable[[], Any], call: Call) -> Call:
    """Without an initializer: a user's function is in a forked worker already."""

    def run(nothing: None, inputs: list[bytes], chunk: int) -> list[bytes]:
        with make() as pool:
            return call(pool, inputs, chunk)

    return run


_POOLS: dict[str, Callable[[], Any]] = {
    "py_process_pool": lambda: ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("fork")),
    "py_mp_pool": lambda: multiprocessing.get_context("fork").Pool(WORKERS),
}

_CALLS: dict[tuple[str, str], Call] = {
    ("py_serial", "map"): _plain_loop,
    ("py_thread_pool", "map"): _executor_map,
    ("py_process_pool", "map"): _executor_map,
    ("py_process_pool", "submit"): _executor_submit,
    ("py_mp_pool", "map"): _pool_map,
}


def _request(name: str) -> requests.Request:
    backend, dispatch, chunk, workload, tasks, pool = CASES[name]
    case = {
        "workload": workload, "backend": backend, "workers": 1 if "py_serial" in backend else WORKERS,
        "tasks": tasks, "in_bytes": 0, "out_bytes": 0, "cost": 0, "skew": 0, "dispatch": dispatch,
        "chunk": chunk, "pool": pool,
    }
    options = {"kernel": "python", "start": "fork", "api": "map"}
    options |= dict(part.split("=") for part in backend.split(",")[1:])
    unused = dict.fromkeys(requests.Sampling._fields, 0)  # this script says itself how often a case runs
    return requests.parse(
        json.dumps({"protocol": 1, "case": case, "options": options, "sampling": unused})
    )


def find_kernel() -> str:
    """Why the C++ kernel cannot be called, or an empty string; tells the cell where the build has put it."""
    manifest = ROOT / "build" / "manifests" / "python.json"
    if native.LIBRARY not in os.environ and manifest.exists():
        os.environ.update(json.loads(manifest.read_text())["defaults"]["env"])
    try:
        native.load()
        return ""
    except workloads.KernelError as error:
        return str(error)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if why_not := find_kernel():
        print(f"python_timing: {why_not}; run `make build` first", file=sys.stderr)
        return 2
    if options.case:
        print(json.dumps([asdict(measure(options.case)) for _ in range(POOLS)]))
        return 0
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for number in range(options.rounds):
        for name in random.sample(sorted(CASES), len(CASES)):
            command = [sys.executable, __file__, "--case", name]
            printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            pairs[name] += [Pair(**pair) for pair in json.loads(printed)]
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return _report(pairs)


def _report(pairs: dict[str, list[Pair]]) -> int:
    from analysis.statistics import stats

    print(f"{'':40}{'by hand':>10}{'pools':>8}{'cell/hand':>11}  95 % interval")
    codes = []
    for name in CASES:
        ratio = stats.median_interval([math.log(pair.ratio) for pair in pairs[name]]).exp()
        hand_ms = statistics.median(pair.hand_s for pair in pairs[name]) * 1e3
        word, code = _verdict(ratio.low, ratio.high)
        codes.append(code)
        interval = f"[{ratio.low:.3f}, {ratio.high:.3f}]" if ratio.low and ratio.high else "(too few pools)"
        print(f"{name:40}{hand_ms:>7.2f} ms{ratio.count:>8}{ratio.value:>11.3f}  {interval}  {word}")
    return max(codes, key=[0, 3, 1].index)


def _verdict(low: float | None, high: float | None) -> tuple[str, int]:
    if low is None or high is None:
        return "undecided", 3
    if low > 1 - MARGIN and high < 1 + MARGIN:
        return "within 2 %", 0
    return ("beyond 2 %", 1) if low > 1 + MARGIN or high < 1 - MARGIN else ("undecided", 3)


if __name__ == "__main__":
    sys.exit(main())
