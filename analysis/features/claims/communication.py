"""Claim 2: the speed-up depends on how many bytes the tasks and their results carry between processes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Hashable, Iterable, Sequence

from ...show import units
from ...show.charts import families
from ...show.charts.style import Look
from . import text, verdicts
from ...show.charts.linechart import Series
from .evidence import (
    API, EXECUTOR, FORK_SHM, FORK_POOL, POOL, PROCESS_POOLS, THREADS, Block, Evidence, Labels, Way,
    ratio, ratio_of_gains,
)
from .model import Axis, Claim, Finding, Measured, SeriesChart, Verdict, Word, filled
from .verdicts import State
from ...show.naming import tasks_text
from ...statistics.stats import Estimate, Evaluation, break_even

Point = tuple[Block, Way]


@dataclass(frozen=True, eq=False)
class Sweep:
    """One way of running, at each size of payload, from the smallest; as many bytes in as out."""

    points: tuple[Point, ...]

    @property
    def way(self) -> Way:
        return self.points[0][1]

    @property
    def lost(self) -> Estimate | None:
        """The speed-up at the smallest payload / the one at the largest."""
        (small, way), (large, same) = self.points[0], self.points[-1]
        return ratio_of_gains(small, way, large, same)

    def speedups(self) -> list[tuple[float, Estimate]]:
        found = [(float(block.case.in_bytes), block.speedup(way)) for block, way in self.points]
        return [(size, speedup) for size, speedup in found if speedup is not None]


def judge(evaluation: Evaluation) -> Claim:
    evidence = Evidence(evaluation)
    sweeps = find_sweeps(evidence)
    drawn = [sweep for sweep in sweeps if sweep.way.case.chunk == "default"] or sweeps
    python = [sweep for sweep in sweeps if sweep.way.is_python]
    cpp = [sweep for sweep in sweeps if not sweep.way.is_python]
    labels = Labels([sweep.way for sweep in sweeps], hide=("kernel",))
    parts = [(API[family], _depends(_chosen(python, family))) for family in PROCESS_POOLS]
    beside = [("", _depends(sweep)) for sweep in cpp if sweep.way.family == FORK_POOL]
    findings = (
        Finding(
            "More bytes, less speed-up: both of Python's pools of processes.",
            _MEASURE,
            _RULE,
            verdicts.some_of(parts),
            _lost([sweep for sweep in python if sweep.way.family != THREADS], labels),
        ),
        Finding(
            "The same for pools in C++, whose price per byte is another.",
            _MEASURE,
            _RULE,
            verdicts.some_of(beside or [("", verdicts.not_measured("no fork_pool at two sizes of payload"))]),
            _lost(cpp, labels),
            decides=False,
        ),
        _duel(sweeps),
    )
    return Claim(
        name="communication",
        title="The price of communication",
        gist="How much parallelism gains depends on how many bytes travel with each task.",
        experiment=_experiment(evidence, sweeps),
        rule="The claim holds if it holds for both of Python's pools; within the one if only for that.",
        verdict=findings[0].verdict,
        answer=_answer(python, cpp),
        findings=findings,
        charts=filled(_chart(evaluation, drawn, labels)),
    )


_MEASURE = "speed-up at the smallest payload / at the largest"
_RULE = (
    "For each pool, one ratio per round from its own pairs in both blocks. It depends if the whole interval "
    f"lies above {verdicts.MATTERS:g}×; it does not if the whole interval lies within {verdicts.MATTERS:g}× "
    "either way."
)


def find_sweeps(evidence: Evidence) -> list[Sweep]:
    """Every way with at least two sizes of payload, at the machine's own number of workers."""
    blocks = [b for b in evidence.blocks if b.case.in_bytes == b.case.out_bytes and b.case.scaling != "weak"]
    members: dict[Hashable, list[Point]] = defaultdict(list)
    for block in blocks:
        workers = evidence.workers(block.ways)
        for way in block.ways:
            if way.case.workers == workers and block.serial_of(way) is not None:
                mode = (way.case.backend, way.case.way)
                members[families.fixed(way.case, "payload"), mode].append((block, way))
    sorted_members = [sorted(points, key=_size) for points in members.values()]
    return _of_one_task([Sweep(tuple(p)) for p in sorted_members if _size(p[0]) < _size(p[-1])])


def _size(point: Point) -> int:
    return point[0].case.in_bytes


def _of_one_task(sweeps: Sequence[Sweep]) -> list[Sweep]:
    """Of several tasks the one with the most sizes and ways, so that one chart can show them."""
    tasks: dict[Hashable, list[Sweep]] = defaultdict(list)
    for sweep in sweeps:
        tasks[families.fixed(sweep.way.case, "payload", "workers")].append(sweep)
    python = [group for group in tasks.values() if any(s.way.family in PROCESS_POOLS for s in group)]
    return max(python or tasks.values(), key=lambda group: sum(len(s.points) for s in group), default=[])


def _chosen(sweeps: Iterable[Sweep], family: str) -> Sweep | None:
    """The way with the most sizes; of several the plainest, of the C++ pool's transports the fastest."""
    own = [sweep for sweep in sweeps if sweep.way.family == family]
    if not own:
        return None
    return max(
        own,
        key=lambda s: (
            len(s.points), s.way.is_default("kernel"), s.way.is_default(), s.way.case.backend == FORK_SHM
        ),
    )


def _depends(sweep: Sweep | None) -> Verdict:
    if sweep is None:
        return verdicts.not_measured("both of Python's pools at two sizes of payload, as much in as out")
    lost = sweep.lost
    if lost is None:
        return verdicts.not_measured("no round in which both sizes were measured")
    if verdicts.compared(lost) is State.DIFFERENT and lost.value < 1:
        return Verdict(Word.FAILS)  # it grows with the payload
    return verdicts.matters([lost])


def _lost(sweeps: Sequence[Sweep], labels: Labels) -> tuple[Measured, ...]:
    figures = []
    for sweep in sweeps:
        (small, way), (large, same) = sweep.points[0], sweep.points[-1]
        if lost := sweep.lost:
            sizes = f"{units.size(small.case.in_bytes)} to {units.size(large.case.in_bytes)} each way"
            figures.append(Measured(labels.of(way), lost, (way.case, same.case), note=sizes))
    return tuple(figures)


def _duel(sweeps: Sequence[Sweep]) -> Finding:
    """The two pools against each other at each size, in the same block."""
    figures = []
    for block, executor, pool in _opponents(sweeps):
        if found := ratio(executor, pool):
            size = f"{units.size(block.case.in_bytes)} each way"
            figures.append(Measured(size, found, (executor.case, pool.case), note=verdicts.faster(found)))
    return Finding(
        "Which of the two carries payload better matters.",
        "time of ProcessPoolExecutor / time of Pool",
        f"{verdicts.matters_rule('at some size')}.",
        verdicts.matters([figure.estimate for figure in figures]),
        tuple(figures),
        decides=False,
    )


def _opponents(sweeps: Sequence[Sweep]) -> list[tuple[Block, Way, Way]]:
    """The two APIs in the same setting, at each size that both have; of settings the one with most sizes."""
    best: list[tuple[Block, Way, Way]] = []
    for executor in (sweep for sweep in sweeps if sweep.way.family == EXECUTOR):
        for pool in (sweep for sweep in sweeps if sweep.way.family == POOL):
            if executor.way.setting == pool.way.setting and pool.way.option("api") == "map":
                beside = dict(pool.points)
                found = [(block, way, beside[block]) for block, way in executor.points if block in beside]
                best = max(best, found, key=len)
    return best


def _experiment(evidence: Evidence, sweeps: Sequence[Sweep]) -> str:
    if not sweeps:
        return "The same tasks with payload from nothing to a MiB each way, through pools in Python and C++."
    case = sweeps[0].way.case
    sizes = sorted({size for sweep in sweeps for size, _ in sweep.speedups()})
    return (
        f"{case.workload}: {tasks_text(case)}, {len(sizes)} sizes of payload from {units.size(sizes[0])} to "
        f"{units.size(sizes[-1])} each way; {units.count(case.workers, 'worker')}. Every payload byte is "
        "read and written by the task, in the plain loop as well."
    )


def _answer(python: Sequence[Sweep], cpp: Sequence[Sweep]) -> str:
    parts = []
    for sweep in (_chosen(python, EXECUTOR), _chosen(python, POOL), _chosen(cpp, FORK_POOL)):
        points = sweep.speedups() if sweep else []
        if sweep and points:
            (_, first), (size, last) = points[0], points[-1]
            both = f"{units.ratio(first.value)} → {units.ratio(last.value)}"
            parts.append(f"{text.api(sweep.way)} {both} at {units.size(size)}")
    return "; ".join(parts)


def _chart(evaluation: Evaluation, sweeps: Sequence[Sweep], labels: Labels) -> SeriesChart:
    look = Look.of(evaluation)
    note = families.break_even_note(units.size)
    lines = []
    for sweep in sorted(sweeps, key=lambda sweep: (not sweep.way.is_python, labels.of(sweep.way))):
        points = tuple(sweep.speedups())
        crossings = break_even([(size, e) for size, e in points if size > 0])
        kernel = " (C++ code)" if sweep.way.kernel == "native" else ""
        name = labels.of(sweep.way) + kernel
        lines.append(Series(name, points, look.line(sweep.way.estimate), note(points, crossings), crossings))
    return SeriesChart(
        name="payload",
        caption="Speed-up over the plain loop over the same code, against payload; where the line "
        "crosses 1 communication has eaten the gain.",
        x=Axis.BYTES,
        x_label="payload per task and direction",
        y_label="speed-up",
        lines=tuple(lines),
    )
