"""Speed-up against workers: how far each backend scales, beside the ideal line and this machine's ceiling."""

from __future__ import annotations

from functools import partial
from typing import Any, Sequence

from ...statistics import scalability
from .. import units
from . import families, findings, linechart, scales, style
from .linechart import Curve, LineChart, Panel, Point, Series
from ..naming import payload_text, tasks_text
from ...statistics.stats import CaseEstimate, Crossing, Evaluation

NEEDS = "one shape measured with at least two numbers of workers"


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per shape and kind of scaling."""
    look = style.Look.of(evaluation)
    return [
        (_name(sweep, part.suffix), linechart.draw(_chart(evaluation, look, part)))
        for sweep, part in families.along(evaluation, look, "workers", _workers)
    ]


def _workers(case: Any) -> float:
    return int(case.workers)


def _chart(evaluation: Evaluation, look: style.Look, part: families.Part) -> LineChart:
    sweep = part.estimates
    context = evaluation.results.context
    usable = context.usable_cores
    case = sweep[0].case
    weak = case.scaling == "weak"
    tasks = f"{units.count(case.tasks // case.workers, 'task')} per worker" if weak else tasks_text(case)
    lines = families.series(sweep, _workers, look, partial(_note, weak, usable), find_break_even=False)
    curves = _curves(lines, weak, usable) if len(lines) <= linechart.BANDS_UP_TO else ()
    return LineChart(
        title=part.titled(f"{case.workload}: {tasks}, {payload_text(case)}"),
        subtitle=f"Speed-up over {families.baselines(sweep)} against workers, {case.scaling} scaling: "
        f"median, 95 % interval. At the right: the best of each{_law(lines, weak, usable)}.",
        context=context,
        x_label="workers",
        x_axis=scales.workers_axis,
        panels=(Panel(lines, families.ceiling(sweep, _workers), ideal=lambda n: n, curves=curves),),
        finding=findings.fastest_at_the_end(lines, _with_workers, usable),
        shade_beyond=(usable * 1.06, f"beyond {units.count(usable, 'core')}"),
    )


def _with_workers(count: float) -> str:
    return f"with {units.count(int(count), 'worker')}"


def _note(weak: bool, cores: int, points: Sequence[Point], _: Sequence[Crossing]) -> str:
    """`1.98× with 2 workers; 1.2 % of the work is not parallel`"""
    workers, best = max(points, key=lambda point: point[1].value)
    fit = _fit(points, weak, cores)
    return f"{units.ratio(best.value)} {_with_workers(workers)}" + (f"; {fit.text()}" if fit else "")


def _fit(points: Sequence[Point], weak: bool, cores: int) -> scalability.Fit | None:
    """Of the points up to the cores: beyond them workers share cores, which no law of scaling speaks of."""
    return scalability.fit([(workers, e.value) for workers, e in points if workers <= cores], weak)


def _law(lines: Sequence[Series], weak: bool, cores: int) -> str:
    fits = [fit for line in lines if (fit := _fit(line.points, weak, cores))]
    names = {"Amdahl": "Amdahl's law", "USL": "universal scalability law", "Gustafson": "Gustafson's law"}
    laws = " or ".join(sorted({names[fit.law] for fit in fits}))
    return f", and the fit up to {units.count(cores, 'core')} ({laws})" if laws else ""


def _curves(lines: Sequence[Series], weak: bool, cores: int) -> tuple[Curve, ...]:
    fits = [(line, _fit(line.points, weak, cores)) for line in lines]
    return tuple(Curve(fit.speedup, line.line["color"], cores) for line, fit in fits if fit)


def _name(sweep: Sequence[CaseEstimate], suffix: str) -> str:
    case = sweep[0].case
    first = min((e.case for e in sweep), key=_workers)  # weak scaling: tasks of the fewest workers
    return families.slug(
        "workers", *families.shape_words(first), families.payload_word(case), case.scaling, suffix
    )
