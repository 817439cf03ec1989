"""Speed-up of every backend on one shape: a ranked dot plot with intervals, ideal and ceiling."""

from __future__ import annotations

from typing import Any, Sequence

from .. import units
from . import dots, families, findings, frame, scales, style, tasksize, text
from ...files.results import Case
from ...statistics.stats import CaseEstimate, Evaluation

NEEDS = "one shape measured with at least two backends"

_ROW = 0.235  # inches


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per task: with the smallest payload and the machine's own number of workers, where measured.

    Sweeps of payload, workers and task size have charts of their own; each cost of a sweep would repeat one.
    """
    look = style.Look.of(evaluation)
    return [(name(shape[0].case), _figure(evaluation, look, shape)) for shape in shapes(evaluation)]


def shapes(evaluation: Evaluation) -> list[list[CaseEstimate]]:
    """Of each task the one shape that is shown, with its cases and its ceiling."""
    estimates = [e for e in families.with_speedup(evaluation) if e.case.scaling != "weak"]
    swept = {sweep[0].case.workload for sweep in tasksize.sweeps(estimates)}
    result = []
    for _, members in families.grouped(estimates, lambda case: families.fixed(case, "workers", "payload")):
        if members[0].case.workload in swept:
            continue
        shape = _chosen(members, evaluation)
        if sum(e.role == "case" for e in shape) >= 2:
            result.append(shape)
    return result


def _chosen(members: Sequence[CaseEstimate], evaluation: Evaluation) -> list[CaseEstimate]:
    def payload(case: Case) -> tuple[int, int, int]:
        return case.in_bytes + case.out_bytes, case.in_bytes, case.out_bytes

    smallest = min(payload(e.case) for e in members)
    small = [e for e in members if payload(e.case) == smallest]
    counts = {e.case.workers for e in small if e.role == "case"}
    preferred = evaluation.results.context.workers_default
    workers = preferred if preferred in counts else max(counts, default=0)
    return [e for e in small if e.case.workers == workers]


def _figure(evaluation: Evaluation, look: style.Look, shape: Sequence[CaseEstimate]) -> Any:
    rows = sorted((e for e in shape if e.role == "case"), key=_speedup)
    mode = look.naming.shared_mode(rows)
    names = dots.names([look.naming.label(e, mode) for e in rows])
    columns = [
        ("speed-up", [units.ratio(_speedup(e)) for e in rows]),
        ("95 % interval", [_interval_text(e) for e in rows]),
        ("time per run", [units.time(e.time_ns.value) for e in rows]),
    ]
    case = shape[0].case
    figure, (ax,) = frame.make(
        families.shape_title(case, mode),
        f"Speed-up over {families.baselines(shape)}: median, 95 % interval. "
        "Ideal: as many times as fast as there are workers"
        + ("; ceiling: what this machine gives." if any(e.role == "ceiling" for e in shape) else "."),
        evaluation.results.context,
        [_ROW * (len(rows) + 0.4)],
        dots.margins(names, columns),
        findings.fastest([(look.naming.label(e, mode), e.speedup) for e in rows if e.speedup]),
    )
    _axes(ax, rows, shape)
    dots.write(ax, names, columns)
    for y, row in enumerate(rows):
        if row.speedup is not None:
            dots.dot(ax, y, row.speedup, look.line(row), row.case.backend)
    return figure


def _interval_text(estimate: CaseEstimate) -> str:
    speedup = estimate.speedup
    if speedup is None or speedup.low is None or speedup.high is None:
        return "–"
    return f"{units.ratio_number(speedup.low)} – {units.ratio_number(speedup.high)}"


def _axes(ax: Any, rows: Sequence[CaseEstimate], shape: Sequence[CaseEstimate]) -> None:
    workers = shape[0].case.workers
    ceilings = [e.speedup for e in shape if e.role == "ceiling" and e.speedup]
    low, high = scales.ratio_range([e.speedup for e in rows if e.speedup] + ceilings)
    high = 1.04 * workers if high < 1.04 * workers <= 1.6 * high else high
    scales.ratio_axis(ax, "x", low, high)
    ax.set(xlabel="speed-up over the baseline")
    ax.axvline(1, color=style.INK, linewidth=1.0, zorder=1.8, gid="break-even line")
    marks = [(1.0, "baseline")]
    if workers <= high:
        ax.axvline(workers, **style.IDEAL_LINE, label="ideal", zorder=1.8)
        marks.append((float(workers), "ideal"))
    for ceiling in ceilings[:1]:
        ax.axvline(ceiling.value, **style.CEILING_LINE, label="ceiling", zorder=1.8)
        if ceiling.low is not None and ceiling.high is not None:
            ax.axvspan(ceiling.low, ceiling.high, color=style.CEILING, alpha=0.08, linewidth=0, zorder=1)
        marks.append((ceiling.value, "ceiling"))
    _name_marks(ax, marks)


def _name_marks(ax: Any, marks: Sequence[tuple[float, str]]) -> None:
    """Names above the vertical lines; those that would touch share one label."""
    groups: list[tuple[float, list[str]]] = []
    per_point = ax.figure.dpi / 72
    for x, name in sorted(marks):
        at = float(ax.transData.transform((x, 0))[0]) / per_point
        if groups and at - groups[-1][0] < text.width(", ".join([*groups[-1][1], name]), 7.5) / 2 + 22:
            groups[-1] = ((groups[-1][0] + at) / 2, [*groups[-1][1], name])
        else:
            groups.append((at, [name]))
    edge = float(ax.get_window_extent().x1) / per_point
    for middle, names in groups:
        at = min(middle, edge - text.width(" · ".join(names), 7.5) / 2)
        x = ax.transData.inverted().transform((at * per_point, 0))[0]
        ax.annotate(
            " · ".join(names), (x, 1), xycoords=ax.get_xaxis_transform(), xytext=(0, 3),
            textcoords="offset points", fontsize=7.5, color=style.MUTED, ha="center", va="bottom", gid="mark",
        )


def _speedup(estimate: CaseEstimate) -> float:
    return estimate.speedup.value if estimate.speedup else 0.0


def name(case: Case) -> str:
    return families.slug(
        "backends", *families.shape_words(case), families.payload_word(case), families.workers_word(case)
    )
