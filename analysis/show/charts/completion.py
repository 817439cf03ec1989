"""When results are there: from the first to the last, for who works on them while others are computed."""

from __future__ import annotations

from statistics import median
from typing import Any, Mapping, Sequence

from .. import units
from . import dots, families, frame, scales, style
from ...files.results import Case
from ...statistics.stats import CaseEstimate, Evaluation

NEEDS = 'a suite that asks for it ("completion": true)'

_ROW = 0.27  # inches
_KEYS = ("first_ns", "median_ns", "p99_ns", "last_ns")

Row = tuple[CaseEstimate, Mapping[str, float]]


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per shape and number of workers."""
    look = style.Look.of(evaluation)
    watched = [(e, times) for e in evaluation.of_role("case") if (times := _times(evaluation, e))]
    shapes: dict[tuple[str, int], list[Row]] = {}
    for estimate, times in watched:
        shapes.setdefault((estimate.block, estimate.case.workers), []).append((estimate, times))
    return [
        (_name(rows[0][0].case), _figure(evaluation, look, rows))
        for rows in shapes.values()
        if len(rows) >= 2
    ]


def _times(evaluation: Evaluation, estimate: CaseEstimate) -> Mapping[str, float]:
    """Medians over the samples that were watched, ns; empty where none was."""
    found = [sample.completion for sample in evaluation.samples(estimate) if sample.completion]
    whole = [one for one in found if all(key in one for key in _KEYS)]
    return {key: median(one[key] for one in whole) for key in _KEYS} if whole else {}


def _figure(evaluation: Evaluation, look: style.Look, rows: Sequence[Row]) -> Any:
    rows = sorted(rows, key=lambda row: -row[1]["first_ns"])
    mode = look.naming.shared_mode([e for e, _ in rows])
    labels = [look.naming.label(e, mode) for e, _ in rows]
    names = dots.names(labels)
    columns = [
        ("first", [units.time(times["first_ns"]) for _, times in rows]),
        ("99 %", [units.time(times["p99_ns"]) for _, times in rows]),
    ]
    case = rows[0][0].case
    earliest = f"The first result comes from {labels[-1]} after {units.time(rows[-1][1]['first_ns'])}"
    figure, (ax,) = frame.make(
        families.shape_title(case, mode),
        "When results were there, after the run began: from the first to the last, a dot at the median, an "
        "upright line where 99 % of them are there. Of one more run a sample, in which every task reads the "
        "clock.",
        evaluation.results.context,
        [_ROW * (len(rows) + 0.4)],
        dots.margins(names, columns),
        f"{earliest}, from {labels[0]} after {units.time(rows[0][1]['first_ns'])}",
    )
    every = [max(time, 1.0) for _, times in rows for time in times.values()]
    scales.duration_axis(ax, min(every) / 1.5, max(every) * 1.5)
    ax.set(xlabel="time after the run began")
    dots.write(ax, names, columns)
    for y, (estimate, times) in enumerate(rows):
        line = look.line(estimate)
        ax.hlines(
            y,
            max(times["first_ns"], 1.0),
            times["last_ns"],
            color=line["color"],
            linewidth=3,
            alpha=0.4,
            zorder=2,
        )
        ax.plot(
            [times["median_ns"]],
            [y],
            **{**line, "linestyle": "none", "label": style.plain(labels[y]), "zorder": 3},
        )
        ax.plot(
            [times["p99_ns"]] * 2, [y - 0.3, y + 0.3], color=style.INK, linewidth=1.4, zorder=3, label="_p99"
        )
    return figure


def _name(case: Case) -> str:
    return families.slug(
        "completion", *families.shape_words(case), families.payload_word(case), families.workers_word(case)
    )
