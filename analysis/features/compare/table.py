"""What a dispatch costs in each backend, next to the best of other people's runtimes.

From the suites overhead and granularity (workload bare), whatever backends they were run with. Smaller is
better in every measure.

- One task at a time (`submit`, or `map` in chunks of one): ns per task, net of the plain loop's in the same
  round of the same run.
- `map` as the backend does it by default: ns per task, whole, since a loop shared well beats the plain one.
- Empty regions (a task for each worker), such regions of tasks that take a while, and cold starts: ns for the
  whole.
- METG(50 %): the task granularity, wall x workers / tasks, at which efficiency falls to 50 %.

- Programs that fork and join, and loops of unequal tasks (recursion.py): ms, the fastest run of each round.

Each row is held to a bar, the most that it may be of the best peer, where our pools have one. Rows with more
workers than cores are shown and not judged.

Source of METG: E. Slaughter et al., "Task Bench: a parameterized benchmark for evaluating parallel runtime
performance", SC20. Here it is interpolated, in logarithms, between two measured task sizes that bracket it;
where all sizes lie on one side it is a bound, and has no ratio.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Iterable, Mapping, Sequence

from ...show import units
from ...files.errors import CommandError
from ...statistics.stats import CaseEstimate, Estimate, Evaluation, by_round, median_interval

WORKLOAD = "bare"
OWN_FAMILIES = ("thread_pool", "fork_pool")
EFFICIENCY = 0.5


class NothingToCompare(CommandError):
    """The files hold none of the cases that this command is about."""


@dataclass(frozen=True)
class Entry:
    """One backend in one measure; `bound`: "at most" or "at least" where `value` is not the thing itself."""

    measure: str
    backend: str
    value: float
    unit: str
    low: float | None
    high: float | None
    workers: int = 0
    judged: bool = True  # not with more workers than cores
    ratio_to_best_peer: float | None = None
    bound: str | None = None
    bar: float | None = None  # the most that ratio_to_best_peer may be
    peak_rss_bytes: float | None = None

    @property
    def misses(self) -> bool:
        return bool(self.judged and self.bar and (self.ratio_to_best_peer or 0.0) > self.bar)


# What our thread pool is held to: the start of a measure's name, the most that it may be of the best peer.
BARS = (
    ("submit with a future", None),
    ("submit, 1000 tasks", 1.0),
    ("submit, 100000 tasks", 0.5),
    ("map chunk 1, 1000 tasks", 1.2),
    ("map chunk 1, 100000 tasks", 1.2),
    ("empty region after 1 ms", 1.2),
    ("empty region", 1.2),
    ("region of ", 1.2),
    ("loop ", 1 / 0.95),
    ("posted task begins", 1.5),
    ("fork and join ", 1.1),
)
_JUDGED = "thread_pool"
# Peers whose threads sleep soon: where all must be woken, who spins for milliseconds is no rival.
_WOKEN = "region of "
_SLEEPING = ("tbb", "eigen", "asio", "std_async", "openmp,wait=passive", "libomp,wait=passive")


def compare(evaluations: Sequence[Evaluation], others: Sequence[Entry] = ()) -> list[Entry]:
    """All measures of all files, in their order, and `others`; within a measure the cheapest first."""
    measures: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for evaluation in evaluations:
        for entry in (*_costs(evaluation), *_granularities(evaluation)):
            judged = entry.workers <= evaluation.results.context.usable_cores
            measures[entry.measure, entry.workers].append(replace(entry, judged=judged))
    for entry in others:
        measures[entry.measure, entry.workers].append(entry)
    if not measures:
        raise NothingToCompare(
            f"no case of workload {WORKLOAD} in these files; run the suites overhead and granularity first"
        )
    return [entry for entries in measures.values() for entry in _ranked(entries)]


def _ranked(entries: Sequence[Entry]) -> list[Entry]:
    peers = [
        e.value for e in entries
        if not e.backend.startswith(OWN_FAMILIES) and e.bound is None
        and (not e.measure.startswith(_WOKEN) or e.backend in _SLEEPING)
    ]
    best = min((value for value in peers if value > 0), default=None)
    rated = [
        e if best is None or e.bound is not None else replace(e, ratio_to_best_peer=e.value / best)
        for e in entries
    ]
    held = [replace(e, bar=_bar(e.measure)) if e.backend == _JUDGED else e for e in rated]
    return sorted(held, key=lambda e: e.value)


def _bar(measure: str) -> float | None:
    return next((bar for start, bar in BARS if measure.startswith(start)), None)


def _cases(evaluation: Evaluation) -> Iterable[CaseEstimate]:
    return (e for e in evaluation.of_role("case") if e.case.workload == WORKLOAD)


def _costs(evaluation: Evaluation) -> Iterable[Entry]:
    for estimate in _cases(evaluation):
        case = estimate.case
        region = case.tasks == case.workers
        if case.cost != 0 and not region:
            continue
        if region:
            times = median_interval(_run_times(evaluation, estimate))
            yield _entry(_region_name(estimate), estimate, times, "ns")
        else:
            own, base = _per_round(evaluation, estimate)
            net = _one_by_one(estimate)
            rounds = own.keys() & base.keys() if net else own.keys()
            values = [(own[i] - (base[i] if net else 0.0)) / case.tasks for i in sorted(rounds)]
            if values:
                yield _entry(_task_name(estimate), estimate, median_interval(values), "ns/task")


def _entry(measure: str, estimate: CaseEstimate, value: Estimate, unit: str) -> Entry:
    case = estimate.case
    return Entry(measure, case.backend, value.value, unit, value.low, value.high, case.workers)


def _one_by_one(estimate: CaseEstimate) -> bool:
    return estimate.case.dispatch == "submit" or estimate.case.chunk == 1


def _region_name(estimate: CaseEstimate) -> str:
    case = estimate.case
    kinds = {"warm": "empty region", "rested": "empty region after 1 ms", "cold": "cold start"}
    if case.cost == 0:
        return kinds[case.pool]
    after = {"warm": "", "rested": " after 1 ms", "cold": ", cold"}
    return f"region of {case.cost_label or case.cost} a worker{after[case.pool]}"


def _chunk_text(estimate: CaseEstimate) -> str:
    """OpenMP's static schedule deals nothing out while it runs, and guided begins with large chunks."""
    backend = estimate.case.backend
    fixed = backend.startswith(("openmp", "libomp")) and "schedule=dynamic" not in backend
    return f"map chunk {estimate.case.chunk}" + (" (not one by one)" if fixed else "")


def _task_name(estimate: CaseEstimate) -> str:
    case = estimate.case
    if case.dispatch == "submit":
        way = "submit with a future" if "result=future" in case.backend else "submit"
    else:
        way = "map" if case.chunk == "default" else _chunk_text(estimate)
    return f"{way}, {case.tasks} tasks"


def _run_times(evaluation: Evaluation, estimate: CaseEstimate) -> list[float]:
    """Of each sample the median of its iterations: one late wake-up in a hundred must not decide."""
    return [median(sample.iteration_ns) for sample in evaluation.samples(estimate)]


def _per_round(
    evaluation: Evaluation, estimate: CaseEstimate
) -> tuple[Mapping[int, float], Mapping[int, float]]:
    """Times by round, ns: of the case, and of the plain loop beside it."""
    base = [
        sample
        for (role, block, build, case), members in evaluation.groups.items()
        if (role, block, build) == ("baseline", estimate.block, estimate.build)
        and case.backend == estimate.baseline
        for sample in members
    ]
    own = evaluation.rounds(estimate)
    return {i: math.exp(t) for i, t in own.items()}, {i: math.exp(t) for i, t in by_round(base).items()}


def _granularities(evaluation: Evaluation) -> Iterable[Entry]:
    sweeps: dict[tuple[str, str, int], list[CaseEstimate]] = defaultdict(list)
    for estimate in _cases(evaluation):
        case = estimate.case
        if case.cost == 0 or case.tasks == case.workers or estimate.speedup is None:
            continue
        if _one_by_one(estimate):
            way = "submit" if estimate.case.dispatch == "submit" else _chunk_text(estimate)
            measure = f"METG({EFFICIENCY:.0%}) {way}"
            sweeps[measure, estimate.case.backend, estimate.case.workers].append(estimate)
    for (measure, backend, _), members in sweeps.items():
        yield metg(measure, backend, sorted(members, key=lambda e: e.case.cost_ns or e.case.cost))


@dataclass(frozen=True)
class _Point:
    granularity: float  # wall x workers / tasks, ns
    efficiency: float


def metg(measure: str, backend: str, sweep: Sequence[CaseEstimate]) -> Entry:
    """From one backend's cases by growing cost: the last crossing, since above it all sizes are efficient."""
    value, bound = _crossing(_curve(sweep, "value"))
    low, low_bound = _crossing(_curve(sweep, "high"))
    high, high_bound = _crossing(_curve(sweep, "low"))
    return Entry(
        measure, backend, value, "ns",
        None if bound or low_bound else low, None if bound or high_bound else high,
        sweep[0].case.workers, bound=bound,
    )


def _curve(sweep: Sequence[CaseEstimate], end: str) -> list[_Point]:
    points = []
    for estimate in sweep:
        efficiency = estimate.efficiency
        assert efficiency is not None
        chosen = getattr(efficiency, end)
        case = estimate.case
        granularity = estimate.time_ns.value * case.workers / case.tasks
        points.append(_Point(granularity, efficiency.value if chosen is None else chosen))
    return points


def _crossing(points: Sequence[_Point]) -> tuple[float, str | None]:
    for left, right in reversed(list(zip(points, points[1:]))):
        if left.efficiency < EFFICIENCY <= right.efficiency:
            span = math.log(right.efficiency / left.efficiency)
            share = math.log(EFFICIENCY / left.efficiency) / span
            step = math.log(right.granularity / left.granularity)
            return left.granularity * math.exp(share * step), None
    if points[-1].efficiency < EFFICIENCY:
        return points[-1].granularity, "at least"
    return points[0].granularity, "at most"


def to_json(entries: Sequence[Entry]) -> str:
    return json.dumps([asdict(entry) for entry in entries], indent=1) + "\n"


def table(entries: Sequence[Entry]) -> str:
    """For the terminal: a paragraph a measure, a column for each number of workers; what misses its bar."""
    lines: list[str] = []
    for measure in dict.fromkeys(entry.measure for entry in entries):
        members = [entry for entry in entries if entry.measure == measure]
        counts = sorted({entry.workers for entry in members})
        lines += ["", f"{f'{measure} ({members[0].unit})':34}" + "".join(map(_head, counts))]
        for backend in dict.fromkeys(entry.backend for entry in members):
            row = {entry.workers: entry for entry in members if entry.backend == backend}
            lines.append(f"  {backend:32}" + "".join(_cell(row.get(count)) for count in counts))
    missed = [entry for entry in entries if entry.misses]
    lines += ["", *map(_missed, missed)] if missed else []
    if any(not entry.judged for entry in entries):
        lines += ["", "(in brackets: more workers than cores, not judged)"]
    return "\n".join(lines[1:]) + "\n"


def _head(workers: int) -> str:
    return f"{units.count(workers, 'worker'):>13} {'95 % interval':>20} {'of best peer':>13}"


def _cell(entry: Entry | None) -> str:
    if entry is None:
        return " " * 48
    interval = "" if entry.low is None or entry.high is None else (
        f"[{units.significant(entry.low)}, {units.significant(entry.high)}]"
    )
    ratio = "" if entry.ratio_to_best_peer is None else f"{entry.ratio_to_best_peer:.2f}"
    if ratio and entry.bar:
        ratio += f" / {entry.bar:.2f}"
    if ratio and not entry.judged:
        ratio = f"({ratio})"
    return f"{_bound(entry)}{units.significant(entry.value)}".rjust(13) + f" {interval:>20} {ratio:>13}"


def _missed(entry: Entry) -> str:
    return (
        f"{entry.backend} misses its bar in {entry.measure}, {units.count(entry.workers, 'worker')}: "
        f"{entry.ratio_to_best_peer:.2f} of the best peer, and at most {entry.bar:.2f} is asked"
    )


def _bound(entry: Entry) -> str:
    return {"at most": "<= ", "at least": ">= "}.get(entry.bound or "", "")
