"""Programs that fork and join, and loops of unequal tasks, by each runtime that can.

They stand in backends/peers/recursion/.

Each is a program PROGRAM PROBLEM WORKERS RUNS, which checks its own results. All programs of a problem run in
each round, in random order; a round's time is its fastest run, since what disturbs a run only adds to it.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from ...files import reading
from ...files.errors import BadResultFile, CommandError
from ...files.processes import Processes
from ...statistics.stats import median_interval
from .table import Entry

PROBLEMS = {
    "fib": "fork and join fib(30)",
    "skynet": "fork and join skynet, 10^6 leaves",
    "queens": "fork and join 12 queens",
    "matrix": "fork and join matrix 512",
    "begin-1ms": "posted task begins, caller asleep for 1 ms",
    "begin-p99-1ms": "posted task begins, 99th percentile, caller asleep for 1 ms",
    "begin-100ms": "posted task begins, caller asleep for 100 ms",
    "loop-factor": "loop factor",
    "loop-mandelbrot": "loop mandelbrot",
    "loop-rising": "loop rising 1000:1",
    "loop-falling": "loop falling 1000:1",
    "loop-giant": "loop with one giant",
}
_RUNS = 5  # in a round
_DEADLINE_S = 300.0
_PREFIX = "recursion_"
_HAS_NONE = 3  # exit code of a runtime that cannot do such a thing


class WrongResult(CommandError):
    """A program failed, or computed something else."""


def measure(
    folder: Path, workers: Sequence[int], cores: int, rounds: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """One object for each problem, runtime and number of workers: the rounds' times, ns, and peak memory."""
    programs = {path.name[len(_PREFIX):]: path for path in sorted(folder.glob(f"{_PREFIX}*"))}
    if not programs:
        raise WrongResult(f"{folder}: no programs {_PREFIX}…; `make peers` builds them")
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    order = random.Random(1)
    with Processes() as processes:
        for number in range(rounds):
            say(f"fork and join: round {number + 1} of {rounds}")
            for problem in PROBLEMS:
                ways = [
                    (name, count) for name in programs for count in (workers if name != "serial" else [1])
                ]
                order.shuffle(ways)
                for name, count in ways:
                    words = [str(programs[name]), problem, str(count), str(_RUNS)]
                    ended = processes.run(words, deadline_s=_DEADLINE_S)
                    if ended.exit_code == _HAS_NONE:
                        continue
                    if failure := ended.failure():
                        raise WrongResult(f"{programs[name].name} {problem} {count}: {failure}")
                    row = found.setdefault((problem, name, count), {
                        "problem": problem, "runtime": name, "workers": count, "judged": count <= cores,
                        "ns": [], "peak_rss_bytes": 0.0,
                    })
                    row["ns"].append(min(json.loads(ended.out)["ns"]))
                    row["peak_rss_bytes"] = max(row["peak_rss_bytes"], ended.peak_rss_bytes)
    return list(found.values())


def entries(path: Path) -> list[Entry]:
    """Of a file that measure() gave. Raises BadResultFile."""
    with reading.of(path):
        data = reading.parsed(path)
        try:
            return [_entry(row) for row in data if row["runtime"] != "serial"]
        except (TypeError, LookupError) as error:
            raise BadResultFile(f"is no result of recursive programs ({error})") from None


def _entry(row: Mapping[str, Any]) -> Entry:
    times = median_interval([ns / 1e6 for ns in row["ns"]])
    return Entry(
        PROBLEMS[row["problem"]], str(row["runtime"]), times.value, "ms", times.low, times.high,
        int(row["workers"]), bool(row["judged"]), peak_rss_bytes=float(row["peak_rss_bytes"]),
    )


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
