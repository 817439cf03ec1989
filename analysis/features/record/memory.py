"""What memory costs here: the first touch of a byte; and how memory-bound a loop is.

For that the same program runs once beside neighbours that compute, and once beside such as read memory.

A task that waits for memory is slowed by a neighbour that reads all it can, and not by one that only
computes; what both take of a shared core, both take. The workload `stream/N B` (so many bytes read for each
step of computing) is put beside the same neighbours: the intensity that is slowed as much is the loop's. How
much of their gain threads lose at that intensity is measured in the same way: with as many workers as cores,
against the same steps without memory.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import numpy as np

from ...files import place, results
from ...files.errors import CommandError
from ...files.program import Program, die_with_the_parent
from ...statistics.stats import evaluate

INTENSITIES = (0, 1, 2, 4, 8, 16)  # bytes for each step
_ROUNDS = 4
_TOUCHED, _TOUCHES, _PAGE = 32 << 20, 5, 4096  # bytes, tries, bytes
_NEIGHBOURS = {
    "computing": "x = 1\nwhile True:\n    for _ in range(1000000): x = x * 3 % 1000003\n",
    "reading": "import numpy\na = numpy.ones(1 << 23)\nwhile True: a.sum()\n",
}


def first_touch_ns_per_byte() -> float:
    """What it costs here that a process uses a byte of its memory for the first time: the kernel's page
    faults. The median of some tries.
    """
    tries = []
    for _ in range(_TOUCHES):
        with mmap.mmap(-1, _TOUCHED) as fresh:
            pages = np.frombuffer(fresh, dtype=np.uint8)[::_PAGE]
            times = []
            for value in (1, 2):
                start = time.perf_counter_ns()
                pages.fill(value)
                times.append(time.perf_counter_ns() - start)
            del pages
        tries.append((times[0] - times[1]) / _TOUCHED)
    return max(0.0, float(np.median(tries)))


class OneCoreOnly(CommandError):
    """There is no other core for a neighbour."""


@contextlib.contextmanager
def neighbours(kind: str) -> Iterator[None]:
    """One on each core but one; raises OneCoreOnly where there is no other."""
    count = len(os.sched_getaffinity(0)) - 1
    if count < 1:
        raise OneCoreOnly("--memory needs a second core, for a neighbour that reads memory")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _NEIGHBOURS[kind]],
            preexec_fn=die_with_the_parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def measured(task_ns: Callable[[], float], folder: Path) -> dict[str, Any]:
    """`task_ns` runs the program and returns what its tasks took. The fields of a profile's `memory`."""
    times = {}
    for kind in _NEIGHBOURS:
        with neighbours(kind):
            times[kind] = task_ns()
    slowed = times["reading"] / times["computing"]
    curve = _slowed_streams(folder)
    step_bytes = float(np.interp(slowed, np.maximum.accumulate(curve), INTENSITIES))
    losses = _losses(folder)
    return {
        "slowed": slowed,
        "step_bytes": step_bytes,
        "workers": len(os.sched_getaffinity(0)),
        "loss": max(1.0, float(np.interp(step_bytes, INTENSITIES, losses))),
        "streams": {"step_bytes": list(INTENSITIES), "slowed": curve, "loss": losses},
    }


def _slowed_streams(folder: Path) -> list[float]:
    """By intensity: the time beside reading neighbours over that beside computing ones."""
    times = {}
    for kind in _NEIGHBOURS:
        with neighbours(kind):
            times[kind] = _stream_times(folder, False, kind)[0]
    return [reading / computing for computing, reading in zip(times["computing"], times["reading"])]


def _losses(folder: Path) -> list[float]:
    """By intensity: the gain of threads without memory over the gain with it."""
    _, gains = _stream_times(folder, True, "gains")
    return [gains[0] / gain for gain in gains]


def _stream_times(folder: Path, threads: bool, name: str) -> tuple[list[float], list[float]]:
    """By intensity: time of the plain loop, ns, and the gain of threads: as many as cores, or one."""
    suite = {
        "suite": "memory-bound",
        "rounds": _ROUNDS,
        "min_time_s": 0.03,
        "grids": [
            {
                "workload": [f"stream/{count}B" for count in INTENSITIES],
                "tasks": 100,
                "cost": "200us",
                "backends": ["thread_pool"],
                "workers": "cores" if threads else 1,
                "ceiling": False,
            }
        ],
    }
    path, out = folder / f"{name}.json", folder / f"{name}-results.json"
    path.write_text(json.dumps(suite))
    Program(place.program()).run(["run", str(path), "--out", str(out), "--quiet"])
    found = evaluate(results.load(out))
    loops = {one.case.workload: one.time_ns.value for one in found.of_role("baseline")}
    gains = {one.case.workload: one.speedup.value for one in found.of_role("case") if one.speedup}
    names = [f"stream/{count}B" for count in INTENSITIES]
    return [loops[name] for name in names], [gains.get(name, 1.0) for name in names]
