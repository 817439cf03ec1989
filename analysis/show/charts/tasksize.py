"""Speed-up against task size: how long a task must be before a backend pays; a panel per size of payload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Sequence

from .. import units
from . import families, findings, linechart, scales, style
from .linechart import LineChart, Panel, Series
from ..naming import payload_text
from ...files.results import Case
from ...statistics.stats import CaseEstimate, Evaluation, break_even

NEEDS = "one workload measured with at least two task sizes (costs whose time is known)"


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per workload and number of workers, with a panel per payload."""
    look = style.Look.of(evaluation)
    figures = []
    for sweep in sweeps(families.with_speedup(evaluation)):
        for part in families.parts(sweep, look):
            panels = _panels(part.estimates, look)
            if panels:
                figures.append((_name(sweep, part.suffix), linechart.draw(_chart(evaluation, part, panels))))
    return figures


def sweeps(estimates: Sequence[CaseEstimate]) -> list[list[CaseEstimate]]:
    """Groups that differ in task size and payload alone."""
    known = [e for e in estimates if e.case.cost_ns]
    found = families.sweeps(known, cost, "cost", "payload")
    return [sweep for sweep in found if families.longest(sweep, cost) > 1]


def cost(case: Case) -> float:
    """Measured time of one task in ns, without its payload."""
    return case.cost_ns or 0.0


def _panels(sweep: Sequence[CaseEstimate], look: style.Look) -> tuple[Panel, ...]:
    panels = []
    groups = families.grouped(sweep, lambda case: (case.in_bytes, case.out_bytes))
    for _, members in sorted(groups, key=lambda group: (sum(group[0]), group[0])):
        if families.longest(members, cost) >= 2:
            lines = families.series(members, cost, look, families.break_even_note(units.time))
            if not members[0].case.in_bytes + members[0].case.out_bytes:
                lines = tuple(_with_metg(line, members[0].case.workers) for line in lines)
            title = payload_text(members[0].case)
            panels.append(Panel(lines, families.ceiling(members, cost), title=title))
    return tuple(panels)


def _with_metg(line: Series, workers: int) -> Series:
    """Marks METG(50 %): the granularity, wall x workers / tasks, at which the efficiency falls to one half.

    At the task size x where the speed-up is workers / 2 that is 2 x. Source: Slaughter et al., "Task Bench",
    SC20. Only where tasks have no payload, since with payload x is not all that a task does.
    """
    half = workers / 2
    rising = [c for c in break_even([(x, e.divided(half)) for x, e in line.points]) if c.rising]
    if workers < 2 or not rising:
        return line
    place = rising[-1].x
    note = f"{line.note}, METG {units.time(2 * place)}" if line.note else f"METG {units.time(2 * place)}"
    return replace(line, note=note, marks=((place, half),))


def _chart(evaluation: Evaluation, part: families.Part, panels: tuple[Panel, ...]) -> LineChart:
    sweep = part.estimates
    case = sweep[0].case
    workers = units.count(case.workers, "worker")
    return LineChart(
        title=part.titled(f"{case.workload}: {families.tasks_range(sweep)}, {workers}"),
        subtitle=f"Speed-up over {families.baselines(sweep)} against task size: median, 95 % interval."
        + families.diamond(panels, "shorter tasks cost more to hand out than they gain") + _square(panels),
        context=evaluation.results.context,
        x_label="time of one task",
        x_axis=scales.time_axis,
        panels=panels,
        finding=findings.where_it_pays(panels[0].series, units.time),
    )


def _square(panels: Sequence[Panel]) -> str:
    if not any(line.marks for panel in panels for line in panel.series):
        return ""
    return " Square: METG(50 %), the granularity (wall x workers / tasks) of half the efficiency."


def _name(sweep: Sequence[CaseEstimate], suffix: str) -> str:
    case = sweep[0].case
    counts = {e.case.tasks for e in sweep}
    tasks = units.count(case.tasks, "task").replace(" ", "") if len(counts) == 1 else ""
    weak = "weak" if case.scaling == "weak" else ""
    special = families.special_slugs(case)
    return families.slug(
        "tasksize", case.workload, tasks, *special, weak, families.workers_word(case), suffix
    )
