"""Speed-up against payload: up to which volume each backend pays; a panel per direction."""

from __future__ import annotations

from typing import Any, Sequence

from .. import units
from . import families, findings, linechart, scales, style
from .linechart import LineChart, Panel
from ..naming import tasks_text
from ...files.results import Case
from ...statistics.stats import CaseEstimate, Evaluation

NEEDS = "one task measured with at least three sizes of payload"


_TITLES = {
    "both ways": "Both ways: as many bytes in as out",
    "in only": "In only: the result is empty",
    "out only": "Out only: the input is empty",
}
_SIZES_NEEDED = 3


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per task and number of workers, with a panel per direction that was measured."""
    look = style.Look.of(evaluation)
    figures = []
    for sweep in families.sweeps(families.with_speedup(evaluation), payload, "payload"):
        for part in families.parts(sweep, look):
            panels = _panels(part.estimates, look)
            if panels:
                figures.append((_name(sweep, part.suffix), linechart.draw(_chart(evaluation, part, panels))))
    return figures


def payload(case: Case) -> float:
    """Bytes per task in one direction: the larger of the two."""
    return max(case.in_bytes, case.out_bytes)


def _panels(sweep: Sequence[CaseEstimate], look: style.Look) -> tuple[Panel, ...]:
    panels = []
    for belongs, direction in families.DIRECTIONS:
        members = [e for e in sweep if belongs(e.case)]
        if families.longest(members, payload) >= _SIZES_NEEDED:
            lines = families.series(members, payload, look, families.break_even_note(units.size))
            panels.append(Panel(lines, families.ceiling(members, payload), title=_TITLES[direction]))
    return tuple(panels)


def _chart(evaluation: Evaluation, part: families.Part, panels: tuple[Panel, ...]) -> LineChart:
    sweep = part.estimates
    case = sweep[0].case
    sizes = [x for panel in panels for x in panel.xs()]
    workers = units.count(case.workers, "worker")
    return LineChart(
        title=part.titled(f"{case.workload}: {tasks_text(case, families.tasks_range(sweep))}, {workers}"),
        subtitle=f"Speed-up over {families.baselines(sweep)} against payload: median, 95 % interval."
        + families.diamond(panels, "beyond it communication has eaten the gain"),
        context=evaluation.results.context,
        x_label="payload per task and direction",
        x_axis=scales.bytes_axis,
        panels=panels,
        finding=findings.where_it_pays(panels[0].series, units.size),
        join_from=min((x for x in sizes if x > 0), default=0),
    )


def _name(sweep: Sequence[CaseEstimate], suffix: str) -> str:
    case = sweep[0].case
    tasks_vary = len({e.case.tasks for e in sweep}) > 1
    weak = "weak" if case.scaling == "weak" else ""
    return families.slug(
        "payload", *families.shape_words(case, tasks_vary), weak, families.workers_word(case), suffix
    )
