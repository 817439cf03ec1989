"""Speed-up against skew: who still balances the load when the tasks are unequal."""

from __future__ import annotations

from typing import Any, Sequence

from .. import units
from . import families, linechart, scales, style
from .linechart import LineChart
from ..naming import payload_text, tasks_text
from ...files.results import Case
from ...statistics.stats import CaseEstimate, Evaluation

NEEDS = "one task measured with at least two values of skew"


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per task, payload and number of workers."""
    look = style.Look.of(evaluation)
    return [
        (_name(sweep, part.suffix), linechart.draw(_chart(evaluation, look, part)))
        for sweep, part in families.along(evaluation, look, "skew", _skew)
    ]


def _skew(case: Case) -> float:
    return case.skew


def _chart(evaluation: Evaluation, look: style.Look, part: families.Part) -> LineChart:
    sweep = part.estimates
    even = min((e.case for e in sweep), key=_skew)
    workers = units.count(even.workers, "worker")
    return families.line_chart(
        evaluation, look, part, _skew,
        title=f"{even.workload}: {tasks_text(even)}, {payload_text(even)}, {workers}",
        subtitle=f"Speed-up over {families.baselines(sweep)} against skew: median, 95 % interval. "
        "Task costs are (skew + 1) u^skew times their mean, u uniform: 0 is equal tasks, 4 very uneven ones.",
        place=lambda x: f"at skew {x:g}",
        x_label="skew of the task costs",
        x_axis=scales.number_axis,
    )


def _name(sweep: Sequence[CaseEstimate], suffix: str) -> str:
    case = min((e.case for e in sweep), key=_skew)
    weak = "weak" if case.scaling == "weak" else ""
    return families.slug(
        "skew", *families.shape_words(case), families.payload_word(case), weak,
        families.workers_word(case), suffix,
    )
