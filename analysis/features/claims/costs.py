"""What a task and a byte cost in Python's pools, beside the C++ pool of processes: see docs/python.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Sequence, TypeVar

from ...show import units
from .communication import Sweep, find_sweeps
from .evidence import (
    CPP_SERIAL, EXECUTOR, FORK_SHM, FORK_POOL, LOKY, POOL, SERIAL, THREAD_POOL, THREADS, Block,
    Evidence, Labels, Way, ratio,
)
from .model import Measured, Unit
from ...show.naming import tasks_text
from ...statistics.stats import Estimate, Evaluation, Rounds, median_interval

_FAMILIES = (EXECUTOR, POOL, LOKY, THREADS, FORK_POOL, THREAD_POOL)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Row:
    """One way: what it costs, and that over the reference's cost (None for the reference itself)."""

    cost: Measured
    over_reference: Estimate | None


@dataclass(frozen=True)
class Costs:
    """`what`: which job; `how`: the setting that all rows share; `reference`: what ratios are over."""

    what: str
    how: str
    reference: str
    rows: tuple[Row, ...]

    @property
    def unit(self) -> str:
        """`per task` or `per byte`"""
        return "per byte" if self.rows[0].cost.unit is Unit.TIME_PER_BYTE else "per task"


def measure(evaluation: Evaluation) -> tuple[Costs, ...]:
    """All that the file has data for."""
    return (*per_task(evaluation), *per_byte(evaluation))


def per_task(evaluation: Evaluation) -> tuple[Costs, ...]:
    """Of the shortest tasks without payload: at the defaults, and with equal chunks. Wall time / tasks."""
    evidence = Evidence(evaluation)
    block = _shortest(evidence)
    if block is None:
        return ()
    workers = evidence.workers(block.of(EXECUTOR, POOL))
    ways = [
        way for way in block.of(*_FAMILIES, workers=workers)
        if way.case.dispatch == "map" and way.option("api") in ("map", "")
    ]
    found = []
    for how, members in _by_chunk(ways, lambda way: way):
        for pool in sorted({way.case.pool for way in members}, reverse=True):
            alike = [way for way in members if way.case.pool == pool]
            if len(alike) > 1 and any(way.is_python for way in alike):
                found.append(_per_task(block, alike, f"{how}, {pool} pools"))
    return tuple(found)


def _by_chunk(items: Sequence[_T], way_of: Callable[[_T], Way]) -> list[tuple[str, list[_T]]]:
    """At the defaults, then with each size of chunk that all share."""
    named: dict[str | int, str] = {"default": "at the defaults"}
    sizes = {way_of(item).case.chunk for item in items}
    named.update({n: f"with chunks of {n:,}" for n in sorted(n for n in sizes if isinstance(n, int))})
    return [(how, [item for item in items if way_of(item).case.chunk == n]) for n, how in named.items()]


def _shortest(evidence: Evidence) -> Block | None:
    """The shortest tasks through a pool of processes; of jobs of about that size the one with most tasks."""
    blocks = [block for block in evidence.plain_blocks() if block.of(EXECUTOR, POOL)]
    least = min(map(_task_ns, blocks), default=math.inf)
    short = [block for block in blocks if _task_ns(block) <= 2 * least]
    return max(short, key=lambda block: block.case.tasks) if short else None


def _task_ns(block: Block) -> float:
    return next((size for kernel in ("python", "native", "") if (size := block.task_ns(kernel))), math.inf)


def _per_task(block: Block, ways: Sequence[Way], how: str) -> Costs:
    tasks = max(1, block.case.tasks)
    labels = Labels(ways, hide=("chunk", "pool", "workers"))
    reference = _reference(ways)
    rows = []
    for way in sorted(ways, key=lambda way: way.estimate.time_ns.value):
        cost = Measured(labels.of(way), way.estimate.time_ns.divided(tasks), (way.case,), Unit.TIME)
        rows.append(Row(cost, None if reference is None or way is reference else ratio(way, reference)))
    return Costs(
        what=f"{block.case.workload}: {tasks_text(block.case)}",
        how=f"{how}, {units.count(ways[0].case.workers, 'worker')}",
        reference=labels.of(reference) if reference else "",
        rows=tuple(rows),
    )


def _reference(ways: Sequence[Way]) -> Way | None:
    """The fastest transport of the C++ pool; else whichever of it was measured."""
    forks = [way for way in ways if way.family == FORK_POOL]
    return min(forks, key=lambda way: (way.case.backend != FORK_SHM, way.case.backend)) if forks else None


def per_byte(evaluation: Evaluation) -> tuple[Costs, ...]:
    """What a job takes longer for each byte more that its tasks carry, in and out: a slope, one per round.

    At the defaults, and with equal chunks.
    """
    sweeps = [sweep for sweep in find_sweeps(Evidence(evaluation)) if sweep.way.family in _FAMILIES]
    found = []
    for how, members in _by_chunk(sweeps, lambda sweep: sweep.way):
        slopes = [(sweep, rounds) for sweep in members if (rounds := _slopes(sweep, lambda block, way: way))]
        if any(sweep.way.is_python for sweep, _ in slopes):
            found.append(_per_byte(slopes, how))
    return tuple(found)


def _per_byte(slopes: Sequence[tuple[Sweep, Rounds]], how: str) -> Costs:
    sweeps = [sweep for sweep, _ in slopes]
    labels = Labels([sweep.way for sweep in sweeps], hide=("chunk", "workers", "kernel"))
    reference = _reference([sweep.way for sweep in sweeps])
    base: Rounds = next((rounds for sweep, rounds in slopes if sweep.way is reference), {})
    rows = [
        Row(
            _slope(_name(labels, sweep.way), rounds, sweep),
            None if sweep.way is reference else _over(rounds, base),
        )
        for sweep, rounds in slopes
    ]
    rows.sort(key=lambda row: row.cost.estimate.value)
    (small, way), (large, _) = sweeps[0].points[0], sweeps[0].points[-1]
    return Costs(
        what=f"{way.case.workload}: {tasks_text(way.case)}",
        how=f"{how}, from {units.size(small.case.in_bytes)} to {units.size(large.case.in_bytes)} each way, "
        f"{units.count(way.case.workers, 'worker')}",
        reference=_name(labels, reference) if reference else "",
        rows=(*_loops(sweeps), *rows),
    )


def _name(labels: Labels, way: Way) -> str:
    return labels.of(way) + (" (C++ code)" if way.kernel == "native" else "")


def _slopes(sweep: Sweep, pick: Callable[[Block, Way], Way | None]) -> Rounds:
    """ns per byte in each round that both ends of the sweep have."""
    (small, way), (large, same) = sweep.points[0], sweep.points[-1]
    first, last = pick(small, way), pick(large, same)
    if first is None or last is None:
        return {}
    data = small.case.in_bytes + small.case.out_bytes, large.case.in_bytes + large.case.out_bytes
    more = (data[1] - data[0]) * max(1, small.case.tasks)
    both = first.rounds.keys() & last.rounds.keys()
    return {i: (math.exp(last.rounds[i]) - math.exp(first.rounds[i])) / more for i in both}


def _slope(name: str, slopes: Rounds, sweep: Sweep) -> Measured:
    cases = (sweep.points[-1][1].case, sweep.points[0][1].case)
    return Measured(name, median_interval(list(slopes.values())), cases, Unit.TIME_PER_BYTE)


def _over(slopes: Rounds, base: Rounds) -> Estimate | None:
    """None where the reference costs nothing that could be measured: a ratio to noise says nothing."""
    both = slopes.keys() & base.keys()
    if not both or any(base[i] <= 0 for i in both):
        return None
    return median_interval([slopes[i] / base[i] for i in both])


def _loops(sweeps: Sequence[Sweep]) -> list[Row]:
    """What the bytes cost the plain loops, where nothing travels: a task reads and writes them."""
    rows: dict[str, Row] = {}
    for sweep in sweeps:
        block, way = sweep.points[0]
        serial = block.serial_of(way)
        slopes = _slopes(sweep, lambda block, way: block.serial_of(way))
        if serial is None or serial.family not in (SERIAL, CPP_SERIAL) or not slopes:
            continue
        language = "C++'s plain loop" if serial.family == CPP_SERIAL else serial.call
        name = language + (" (C++ code)" if serial.kernel == "native" else "")
        rows.setdefault(name, Row(_slope(f"{name}: nothing travels", slopes, sweep), None))
    return list(rows.values())
