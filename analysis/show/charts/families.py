"""Sorts the cases of a file into the sweeps that a chart draws: what is equal but for one axis."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Callable, Hashable, Iterable, Iterator, Sequence

from .. import units
from . import findings, style
from .linechart import LineChart, Panel, Point, Series
from ..naming import shape_text, special_words
from ...files.results import TASK_FIELDS, Case
from ...statistics.stats import CaseEstimate, Crossing, Evaluation, break_even

LINES_PER_PANEL = 12

Axis = Callable[[Case], float]
DIRECTIONS: tuple[tuple[Callable[[Case], bool], str], ...] = (  # of the payload
    (lambda case: case.in_bytes == case.out_bytes, "both ways"),
    (lambda case: case.out_bytes == 0, "in only"),
    (lambda case: case.in_bytes == 0, "out only"),
)


def with_speedup(evaluation: Evaluation) -> list[CaseEstimate]:
    """All cases and ceilings that can be placed in a chart of speed-ups."""
    return [e for e in evaluation.estimates if e.role != "baseline" and e.speedup is not None]


Groups = list[tuple[Any, list[CaseEstimate]]]


def grouped(estimates: Iterable[CaseEstimate], key: Callable[[Case], Hashable]) -> Groups:
    """Groups in the order of their first members."""
    groups: dict[Hashable, list[CaseEstimate]] = defaultdict(list)
    for estimate in estimates:
        groups[key(estimate.case)].append(estimate)
    return list(groups.items())


def fixed(case: Case, *axes: str) -> tuple[Hashable, ...]:
    """What makes two cases comparable: the shape without the named axes. Weak scaling: tasks per worker."""
    tasks: Hashable = Fraction(case.tasks, case.workers) if case.scaling == "weak" else case.tasks
    parts: dict[str, Hashable] = {
        "workload": case.workload,
        "scaling": case.scaling,
        "tasks": tasks,
        "payload": (case.in_bytes, case.out_bytes),
        "cost": case.cost,
        "seed": case.seed,
        "workers": case.workers,
        **{name: getattr(case, name) for name in TASK_FIELDS},
    }
    return tuple(value for name, value in parts.items() if name not in axes)


def sweeps(estimates: Sequence[CaseEstimate], axis: Axis, *axes: str) -> list[list[CaseEstimate]]:
    """Groups that differ in `axes` alone. Tasks may vary along them, unless one place has several counts."""
    result: list[list[CaseEstimate]] = []
    for _, members in grouped(estimates, lambda case: fixed(case, "tasks", *axes)):
        counts: dict[Hashable, set[int]] = defaultdict(set)
        for member in members:
            counts[axis(member.case), fixed(member.case, "tasks")].add(member.case.tasks)
        if all(len(seen) == 1 for seen in counts.values()):
            result.append(members)
        else:
            result += [part for _, part in grouped(members, lambda case: fixed(case, *axes))]
    return result


def longest(estimates: Iterable[CaseEstimate], axis: Axis) -> int:
    """Along how many places of the axis some one way of running was measured."""
    places: dict[Hashable, set[float]] = defaultdict(set)
    for e in estimates:
        if e.role == "case":
            places[e.case.backend, e.case.way, e.build].add(axis(e.case))
    return max((len(seen) for seen in places.values()), default=0)


def tasks_range(sweep: Iterable[CaseEstimate]) -> str:
    """`300 tasks`, or `50 to 20,000 tasks` where they vary along the sweep."""
    counts = sorted({e.case.tasks for e in sweep})
    return units.count(counts[0], "task") if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,} tasks"


Note = Callable[[Sequence[Point], Sequence[Crossing]], str]


def series(
    estimates: Iterable[CaseEstimate], axis: Axis, look: style.Look, note: Note, find_break_even: bool = True
) -> tuple[Series, ...]:
    """One line per backend and mode that was measured at two places or more, in the order of their names.

    Break-even points are found only where a value between two measured ones means something.
    """
    lines: dict[tuple[str, str], list[CaseEstimate]] = defaultdict(list)
    for estimate in estimates:
        if estimate.role == "case":
            lines[estimate.case.backend, look.naming.mode(estimate)].append(estimate)
    shared_mode = look.naming.shared_mode(e for members in lines.values() for e in members)
    result = []
    for _, members in sorted(lines.items()):
        points = _points(members, axis)
        if len(points) < 2:  # no line, and a level one beside others would read as a finding
            continue
        crossings = break_even([(x, e) for x, e in points if x > 0]) if find_break_even else ()
        name = look.naming.label(members[0], shared_mode)
        result.append(Series(name, points, look.line(members[0]), note(points, crossings), crossings))
    return tuple(result)


def ceiling(estimates: Iterable[CaseEstimate], axis: Axis) -> tuple[Point, ...]:
    return _points([e for e in estimates if e.role == "ceiling"], axis)


def _points(estimates: Iterable[CaseEstimate], axis: Axis) -> tuple[Point, ...]:
    points = {axis(e.case): e.speedup for e in estimates if e.speedup is not None}
    return tuple((x, speedup) for x, speedup in sorted(points.items()))


@dataclass(frozen=True)
class Part:
    """What one figure shows of a sweep. `mode`: what all its lines share; `suffix`: of its file's name."""

    estimates: tuple[CaseEstimate, ...]
    mode: str
    suffix: str

    def titled(self, title: str) -> str:
        return f"{title} ({self.mode})" if self.mode else title


def parts(sweep: Sequence[CaseEstimate], look: style.Look) -> list[Part]:
    """The whole sweep, or one part per mode where together they would be more than a panel can show."""
    cases = [e for e in sweep if e.role == "case"]
    modes = look.naming.modes(cases)
    if len(modes) == 1 or len({look.naming.label(e) for e in cases}) <= LINES_PER_PANEL:
        return [Part(tuple(sweep), look.naming.shared_mode(cases), "")]
    return [Part(_of_mode(sweep, mode, look), mode, mode) for mode in modes]


def _of_mode(sweep: Iterable[CaseEstimate], mode: str, look: style.Look) -> tuple[CaseEstimate, ...]:
    return tuple(e for e in sweep if e.role != "case" or look.naming.mode(e) == mode)


def along(
    evaluation: Evaluation, look: style.Look, vary: str, axis: Axis,
    keep: Callable[[Case], bool] = lambda _: True,
) -> Iterator[tuple[list[CaseEstimate], Part]]:
    """Every sweep of kept cases that differ in `vary` alone and have two places or more, with its parts."""
    kept = [e for e in with_speedup(evaluation) if keep(e.case)]
    for _, sweep in grouped(kept, lambda case: fixed(case, vary)):
        for part in parts(sweep, look) if longest(sweep, axis) >= 2 else ():
            if longest(part.estimates, axis) >= 2:  # of the mode of a part it may be less
                yield sweep, part


def break_even_note(form: Callable[[float], str]) -> Note:
    """`pays up to 38 KiB`, `pays from 3 µs`, `pays at every size measured`, empty if undecided.

    `form` writes the place.
    """

    def note(points: Sequence[Point], crossings: Sequence[Crossing]) -> str:
        if crossings:
            return "pays " + ", ".join(f"{'from' if c.rising else 'up to'} {form(c.x)}" for c in crossings)
        if all((e.low or e.value) > 1 for _, e in points):
            return "pays at every size measured"
        return "never pays" if all((e.high or e.value) < 1 for _, e in points) else ""

    return note


def diamond(panels: Iterable[Panel], meaning: str) -> str:
    """What the mark of a break-even means, where one is drawn."""
    drawn = any(line.crossings for panel in panels for line in panel.series)
    return f" Diamond: break-even; {meaning}." if drawn else ""


def last_note(points: Sequence[Point], _: Sequence[Crossing]) -> str:
    """Where a line ends: `1.52× at 8`"""
    x, end = points[-1]
    return f"{units.ratio(end.value)} at {x:g}"


def line_chart(
    evaluation: Evaluation, look: style.Look, part: Part, axis: Axis, *,
    title: str, subtitle: str, x_label: str, x_axis: Callable[[Any, Iterable[Any]], None],
    place: Callable[[float], str],
) -> LineChart:
    """A line for each way along the axis, named by where it ends, with the ceiling; in one panel.

    `place` says the last place of the axis in the words of a title.
    """
    lines = series(part.estimates, axis, look, last_note, find_break_even=False)
    panels = (Panel(lines, ceiling(part.estimates, axis)),)
    found = findings.fastest_at_the_end(lines, place)
    return LineChart(
        part.titled(title), subtitle, evaluation.results.context, x_label, x_axis, panels, finding=found
    )


def baselines(estimates: Iterable[CaseEstimate]) -> str:
    """`serial`, or `its own baseline (py_serial, serial)` where they differ."""
    names = sorted({e.baseline for e in estimates if e.role == "case"})
    return names[0] if len(names) == 1 else f"its own baseline ({', '.join(names)})"


def shape_title(case: Case, mode: str) -> str:
    """`factorize: 300 tasks, no payload, 2 workers (map)`; `mode`: what all ways of the chart share."""
    return f"{shape_text(case)}, {units.count(case.workers, 'worker')}" + (f" ({mode})" if mode else "")


def slug(*parts: str) -> str:
    """A file name: lower case, no separator of folders, bounded."""
    words = [re.sub(r"[^a-z0-9_.]+", "-", part.lower()).strip("-.") for part in parts]
    return "-".join(word for word in words if word)[:120]


def payload_word(case: Case) -> str:
    """`in0-out1024`, or nothing where no payload travels."""
    return "" if case.in_bytes == case.out_bytes == 0 else f"in{case.in_bytes}-out{case.out_bytes}"


def workers_word(case: Case) -> str:
    return units.count(case.workers, "worker").replace(" ", "")


def shape_words(case: Case, tasks_vary: bool = False) -> list[str]:
    """The parts of a shape's file name, but payload and workers, which a chart adds where they are fixed."""
    return [
        case.workload,
        "" if tasks_vary else units.count(case.tasks, "task").replace(",", "").replace(" ", ""),
        case.cost_label or (f"cost{case.cost}" if case.cost else ""),
        *special_slugs(case),
    ]


def special_slugs(case: Case) -> list[str]:
    """`skew2`, `1MiBshared`: what is special about the tasks."""
    return [words.replace(" ", "") for words in special_words(case)]
