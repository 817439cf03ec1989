"""The memory that is held while a pool lives: what a process costs beside a thread."""

from __future__ import annotations

from statistics import median
from typing import Any, Sequence

from .. import units
from . import dots, families, frame, scales, style
from ...files.results import Case
from ...statistics.stats import CaseEstimate, Evaluation

NEEDS = "a warm pool whose memory was read (`pss_bytes`, of a case's first sample)"

_ROW = 0.27  # inches

Held = tuple[CaseEstimate, float, float]  # bytes, processes


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per workload, of the shape that holds most: the others differ by their payload alone."""
    look = style.Look.of(evaluation)
    held = [one for e in evaluation.of_role("case") if (one := _held(evaluation, e)) is not None]
    figures = []
    for workload in dict.fromkeys(e.case.workload for e, _, _ in held):
        members = [one for one in held if one[0].case.workload == workload]
        largest = max(members, key=lambda one: one[1])[0]
        rows = [one for one in members if _shape(one[0]) == _shape(largest)]
        if len(rows) >= 2:
            figures.append((_name(largest.case), _figure(evaluation, look, rows)))
    return figures


def _held(evaluation: Evaluation, estimate: CaseEstimate) -> Held | None:
    found = [
        sample.covariates for sample in evaluation.samples(estimate) if sample.covariates.get("pss_bytes")
    ]
    if not found:
        return None
    sizes, counts = ([float(one.get(key) or 1) for one in found] for key in ("pss_bytes", "processes"))
    return estimate, median(sizes), median(counts)


def _shape(estimate: CaseEstimate) -> tuple[str, int]:
    return estimate.block, estimate.case.workers


def _figure(evaluation: Evaluation, look: style.Look, rows: Sequence[Held]) -> Any:
    rows = sorted(rows, key=lambda row: -row[1])
    mode = look.naming.shared_mode([e for e, _, _ in rows])
    labels = [look.naming.label(e, mode) for e, _, _ in rows]
    names = dots.names(labels)
    columns = [
        ("held", [units.size(size) for _, size, _ in rows]),
        ("processes", [f"{count:g}" for _, _, count in rows]),
    ]
    case = rows[0][0].case
    figure, (ax,) = frame.make(
        families.shape_title(case, mode),
        "Memory of all processes while the pool lives, just after the timed runs: proportional set size, in "
        "which a page that several share counts once.",
        evaluation.results.context,
        [_ROW * (len(rows) + 0.4)],
        dots.margins(names, columns),
        f"{labels[-1]} holds {units.size(rows[-1][1])}, {labels[0]} {units.size(rows[0][1])}",
    )
    scales.size_axis(ax, max(size for _, size, _ in rows))
    ax.set(xlabel="memory held")
    dots.write(ax, names, columns)
    for y, (estimate, size, _) in enumerate(rows):
        color = look.line(estimate)["color"]
        ax.barh(y, size, height=0.55, color=color, alpha=0.75, zorder=2, label=f"_{style.plain(labels[y])}")
    return figure


def _name(case: Case) -> str:
    return families.slug(
        "memory", *families.shape_words(case), families.payload_word(case), families.workers_word(case)
    )
