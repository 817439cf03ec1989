"""Where each line pays, in words: along the payload and along the task size."""

from __future__ import annotations

from collections import defaultdict
from typing import Callable, Iterator, Mapping, Sequence

from ...show import naming, units
from ...show.charts import families
from ...show.charts.payload import payload
from ...show.charts.tasksize import cost
from ...statistics.stats import CaseEstimate, Estimate, Evaluation, break_even

Name = Callable[[CaseEstimate], str]


def of(evaluation: Evaluation, name: Name) -> Iterator[tuple[str, str, str]]:
    """Name of the line, the shape and the axis along which it was followed, and where it pays there."""
    estimates = [e for e in families.with_speedup(evaluation) if e.role == "case"]
    for sweep in families.sweeps(estimates, payload, "payload"):
        for belongs, direction in families.DIRECTIONS:
            members = [e for e in sweep if belongs(e.case)]
            if any(payload(e.case) for e in members):
                yield from _lines(members, payload, units.size, name, f"with growing payload, {direction}")
    known = [e for e in estimates if e.case.cost_ns]
    for sweep in families.sweeps(known, cost, "cost"):
        yield from _lines(sweep, cost, units.time, name, "with longer tasks")


def _lines(
    members: Sequence[CaseEstimate], axis: families.Axis, form: Callable[[float], str], name: Name, along: str
) -> Iterator[tuple[str, str, str]]:
    for line, own in _by_name(members, name).items():
        points = sorted({axis(e.case): e.speedup for e in own if e.speedup}.items())
        if len(points) > 1:
            yield line, f"{_shape(own, axis)}, {along}", _pays(points, form)


def _by_name(estimates: Sequence[CaseEstimate], name: Name) -> Mapping[str, list[CaseEstimate]]:
    groups = defaultdict(list)
    for estimate in estimates:
        groups[name(estimate)].append(estimate)
    return groups


def _shape(members: Sequence[CaseEstimate], axis: families.Axis) -> str:
    """What is the same for all of them: `compute, 400 tasks of 20 µs, 2 workers`."""
    case = members[0].case
    count = families.tasks_range(members)
    fixed = naming.tasks_text(case, count) if axis is payload else f"{count}, {naming.payload_text(case)}"
    return f"{case.workload}, {fixed}, {units.count(case.workers, 'worker')}"


def _pays(points: Sequence[tuple[float, Estimate]], form: Callable[[float], str]) -> str:
    note = families.break_even_note(form)(points, break_even([(x, e) for x, e in points if x > 0]))
    return note or "undecided"
