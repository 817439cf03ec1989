"""Speed-up against oversubscription: what more workers than cores cost each backend."""

from __future__ import annotations

from typing import Any, Sequence

from . import families, linechart, scales, style
from .linechart import LineChart
from ..naming import payload_text, tasks_text
from ...files.results import Case
from ...statistics.stats import CaseEstimate, Evaluation

NEEDS = "one shape measured with as many workers as cores, and with more"


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per shape, from as many workers as cores on."""
    look = style.Look.of(evaluation)
    cores = evaluation.results.context.usable_cores

    def per_core(case: Case) -> float:
        return case.workers / cores

    def is_full(case: Case) -> bool:
        return case.workers >= cores and case.scaling != "weak"

    return [
        (_name(sweep, part.suffix), linechart.draw(_chart(evaluation, look, part, per_core, cores)))
        for sweep, part in families.along(evaluation, look, "workers", per_core, is_full)
    ]


def _chart(
    evaluation: Evaluation, look: style.Look, part: families.Part, axis: families.Axis, cores: int
) -> LineChart:
    sweep = part.estimates
    case = sweep[0].case
    return families.line_chart(
        evaluation, look, part, axis,
        title=f"{case.workload}: {tasks_text(case)}, {payload_text(case)}",
        subtitle=f"Speed-up over {families.baselines(sweep)} with more workers than the {cores} cores: "
        "median, 95 % interval. A level line loses nothing.",
        place=lambda x: f"with {x:g} workers a core",
        x_label="workers per core",
        x_axis=scales.multiples_axis,
    )


def _name(sweep: Sequence[CaseEstimate], suffix: str) -> str:
    case = sweep[0].case
    return families.slug("oversubscription", *families.shape_words(case), families.payload_word(case), suffix)
