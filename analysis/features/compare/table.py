"""What a dispatch costs in each backend, next to the best of other people's runtimes.

From the suites overhead and granularity (workload bare), whatever backends they were run with. Smaller is
better in every measure.

- One task at a time (`submit`, or `map` in chunks of one): ns per task, net of the plain loop's in the same
  round of the same run.
- `map` as the backend does it by default: ns per task, whole, since a loop shared well beats the plain one.
- Empty regions (a task for each worker) and cold starts: ns for the whole.
- METG(50 %): the task granularity, wall x workers / tasks, at which efficiency falls to 50 %.

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
    ratio_to_best_peer: float | None = None
    bound: str | None = None


def compare(evaluations: Sequence[Evaluation]) -> list[Entry]:
    """All measures of all files, in their order; within a measure the cheapest first."""
    measures: dict[str, list[Entry]] = defaultdict(list)
    for evaluation in evaluations:
        for entry in (*_costs(evaluation), *_granularities(evaluation)):
            measures[entry.measure].append(entry)
    if not measures:
        raise NothingToCompare(
            f"no case of workload {WORKLOAD} in these files; run the suites overhead and granularity first"
        )
    return [entry for entries in measures.values() for entry in _ranked(entries)]


def _ranked(entries: Sequence[Entry]) -> list[Entry]:
    peers = [e.value for e in entries if not e.backend.startswith(OWN_FAMILIES) and e.bound is None]
    best = min((value for value in peers if value > 0), default=None)
    rated = [
        e if best is None or e.bound is not None else replace(e, ratio_to_best_peer=e.value / best)
        for e in entries
    ]
    return sorted(rated, key=lambda e: e.value)


def _cases(evaluation: Evaluation) -> Iterable[CaseEstimate]:
    return (e for e in evaluation.of_role("case") if e.case.workload == WORKLOAD)


def _costs(evaluation: Evaluation) -> Iterable[Entry]:
    for estimate in _cases(evaluation):
        case = estimate.case
        if case.cost != 0:
            continue
        if case.tasks == case.workers:
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
    return Entry(measure, estimate.case.backend, value.value, unit, value.low, value.high)


def _one_by_one(estimate: CaseEstimate) -> bool:
    return estimate.case.dispatch == "submit" or estimate.case.chunk == 1


def _workers_text(estimate: CaseEstimate) -> str:
    return units.count(estimate.case.workers, "worker")


def _region_name(estimate: CaseEstimate) -> str:
    kinds = {"warm": "empty region", "rested": "empty region after 1 ms", "cold": "cold start"}
    kind = kinds[estimate.case.pool]
    return f"{kind}, {_workers_text(estimate)}"


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
    return f"{way}, {case.tasks} tasks, {_workers_text(estimate)}"


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
    sweeps: dict[tuple[str, str], list[CaseEstimate]] = defaultdict(list)
    for estimate in _cases(evaluation):
        if estimate.case.cost != 0 and _one_by_one(estimate) and estimate.speedup is not None:
            way = "submit" if estimate.case.dispatch == "submit" else _chunk_text(estimate)
            measure = f"METG({EFFICIENCY:.0%}) {way}, {_workers_text(estimate)}"
            sweeps[measure, estimate.case.backend].append(estimate)
    for (measure, backend), members in sweeps.items():
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
        None if bound or low_bound else low, None if bound or high_bound else high, bound=bound,
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
    """For the terminal: a paragraph a measure."""
    lines: list[str] = []
    measure = ""
    for entry in entries:
        if entry.measure != measure:
            measure = entry.measure
            lines += ["", f"{f'{measure} ({entry.unit})':46} 95 % interval  of best peer"]
        number = f"{_bound(entry)}{units.significant(entry.value)}"
        interval = "" if entry.low is None or entry.high is None else (
            f"[{units.significant(entry.low)}, {units.significant(entry.high)}]"
        )
        ratio = "" if entry.ratio_to_best_peer is None else f"{entry.ratio_to_best_peer:.2f}"
        lines.append(f"  {entry.backend:32} {number:>10}  {interval:>20}  {ratio:>8}")
    return "\n".join(lines[1:]) + "\n"


def _bound(entry: Entry) -> str:
    return {"at most": "<= ", "at least": ">= "}.get(entry.bound or "", "")
