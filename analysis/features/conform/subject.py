"""One way to use one backend of a manifest, and how it is asked: requests that the harness itself would
send.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from typing import Any, Mapping

from ...files.processes import Cell, Processes

DEADLINE_S = 30.0
WORKLOADS = ("factorize", "compute")
_MS = 1e6
_MOST_STEPS = 200_000_000
_LIVES = 50  # times what it says a run takes: a cell lives for a few runs
_OUTER = ("seed", "iterations", "batch", "deadline_s", "min_time_s", "extra", "cpus")  # not of the case
_WAY: dict[str, Any] = dict(dispatch="map", chunk="default", pool="warm", pin="none")
_SHAPE = ("workload", "tasks", "in_bytes", "out_bytes", "cost", "skew", "shared_bytes")


@dataclass(frozen=True)
class Outcome:
    """`verdict`: ok, failed or skipped; `what`: found, or why, in one line."""

    check: str
    verdict: str
    what: str


class Wrong(Exception):
    """The cell does not do what the protocol asks; the text says what, in one line."""


class NotAsked(Exception):
    """The check does not apply; the text says why."""


@dataclass
class Subject:
    """`spelling`: the backend with its options; `entry`: as `breakeven list --json` tells it."""

    spelling: str
    entry: Mapping[str, Any]
    processes: Processes
    plain: dict[str, str] = field(default_factory=dict)  # digests of the plain loop, by request
    cost: int = 0  # of a task of `compute`, so that a run takes some 20 ms; 0: not found yet

    def request(self, workload: str = "compute", **changes: Any) -> dict[str, Any]:
        """One timed run of a small job, with a seed that stands nowhere."""
        case = dict(
            workload=workload, backend=self.spelling, workers=self.workers, tasks=8, in_bytes=0, out_bytes=0,
            cost=100 if workload == "compute" else 0, skew=0, shared_bytes=0, **_WAY,
        )
        outer: dict[str, Any] = {
            "protocol": 1, "iterations": 1, "batch": 1, "deadline_s": DEADLINE_S, "min_time_s": 0.02,
            "seed": random.SystemRandom().randrange(1 << 40),
        }
        for name, value in changes.items():
            (outer if name in _OUTER else case)[name] = value
        return {**outer, "case": case}

    @property
    def workers(self) -> int:
        """Two, or one of a plain loop."""
        return 1 if self.entry["baseline"].split(",")[0] == self.spelling.split(",")[0] else 2

    @property
    def is_processes(self) -> bool:
        return bool(self.entry["processes"])

    def can(self, name: str) -> None:
        """Raises NotAsked where the manifest says that its cell cannot."""
        if not self.entry["can"][name]:
            raise NotAsked(f"its manifest says that it cannot (can.{name})")

    def asked(self, request: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Cell:
        """Raises NotAsked where no run would measure this case, and Wrong where it leaves a process."""
        cell = self.processes.cell(request, more)
        if cell.ended is None:
            raise NotAsked(cell.unsupported)
        return cell

    def good(self, request: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Cell:
        """A good record, with the plain loop's digest, in an output that holds nothing else."""
        cell = self.asked(request, more)
        shape = shape_of(request)
        if not cell.ok:
            raise Wrong(f"{shape}: {cell.kind}: {cell.reason}")
        if cell.record["digest"] != (expected := self.expected(request)):
            raise Wrong(
                f"{shape}: the digest is {cell.record['digest']}, and the plain loop's is {expected}; "
                "docs/payload.md has test vectors"
            )
        return cell

    def expected(self, request: Mapping[str, Any]) -> str:
        """The digest of the same shape by the program's own plain loop, which the cell is never told."""
        shape = {name: request["case"][name] for name in _SHAPE}
        case = {**shape, "backend": "serial", "workers": 1, **_WAY}
        key = repr((sorted(case.items()), request["seed"]))
        if key not in self.plain:
            plain = {"protocol": 1, "seed": request["seed"], "iterations": 1, "batch": 1, "case": case}
            self.plain[key] = str(self.processes.cell(plain).record["digest"])
        return self.plain[key]

    def workload(self) -> str:
        """The first of those that every cell can be held to which this one has."""
        return self.workloads()[0]

    def workloads(self) -> list[str]:
        found = [name for name in WORKLOADS if self._has(name)]
        if not found:
            raise Wrong(f"it has neither {' nor '.join(WORKLOADS)}, and nothing else can be compared")
        return found

    def _has(self, workload: str) -> bool:
        return self.processes.cell(self.request(workload, tasks=1)).ended is not None

    def long_enough(self) -> int:
        """The cost of a task of `compute` of which eight take some 20 ms, or four times what the engine takes
        for empty ones, if that is more.
        """
        if not self._has("compute"):
            raise NotAsked("it has no workload compute, whose cost can be chosen")
        if self.cost:
            return self.cost
        empty = self.good(self.request(cost=100))
        empty_ms, empty_life_ms = float(empty.record["real_time_ns"]) / _MS, _life_ms(empty)
        wanted_ms = max(20.0, 4 * empty_ms)
        cost = 20_000
        while not self.cost:  # at first most of the time may be the pool's own
            cell = self.good(self.request(cost=cost))
            took_ms = float(cell.record["real_time_ns"]) / _MS
            # Who says too little for its life, as in another unit, would be given ever longer tasks.
            too_long = _life_ms(cell) - empty_life_ms > max(_LIVES * wanted_ms, empty_life_ms)
            if took_ms > 0.75 * wanted_ms or cost > _MOST_STEPS or too_long:
                self.cost = max(1000, round(cost * min(1.0, wanted_ms / took_ms)))
            cost = round(cost * min(10.0, 1.1 * wanted_ms / max(took_ms, 0.001)))
        return self.cost


def _life_ms(cell: Cell) -> float:
    assert cell.ended is not None
    return float(cell.ended.wall_ns) / _MS


def shape_of(request: Mapping[str, Any]) -> str:
    """`compute, 5 tasks, 17 B in, 0 B out, skew 2, submit`"""
    case = request["case"]
    words = [str(case["workload"]), f"{case['tasks']} tasks", f"{case['in_bytes']} B in",
             f"{case['out_bytes']} B out"]
    words += [f"{name} {case[name]}" for name in ("cost", "skew", "shared_bytes") if case[name]]
    words += [str(case["dispatch"])] if case["dispatch"] != "map" else []
    words += [f"chunk {case['chunk']}"] if case["chunk"] != "default" else []
    return ", ".join(words) + f", {case['workers']} workers, seed {request['seed']}"


def cpus() -> list[int]:
    return sorted(os.sched_getaffinity(0))
