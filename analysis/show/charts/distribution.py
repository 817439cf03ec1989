"""The samples themselves: every paired speed-up of a shape as a dot, and both modes where there are two."""

from __future__ import annotations

from statistics import median
from typing import Any, Sequence

from .. import units
from . import backends, dots, families, frame, scales, style
from ...statistics.stats import CaseEstimate, Estimate, Evaluation

NEEDS = "one shape measured with at least two backends in at least six rounds"

_ROW = 0.27  # inches
_LEAST_ROUNDS = 6
_BIMODAL_SHAPES = 4  # beside the task's own chart, at most so many shapes for their bimodal cases


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure per task, of the shape that `backends` shows, and of shapes with bimodal cases."""
    look = style.Look.of(evaluation)
    figures = []
    for shape in _shapes(evaluation):
        rows = [_Row(evaluation, e) for e in shape]
        rows = [row for row in rows if len(row.speedups) >= _LEAST_ROUNDS]
        if len(rows) >= 2:
            name = families.slug("distribution", backends.name(shape[0].case).removeprefix("backends"))
            figures.append((name, _figure(evaluation, look, rows)))
    return figures


def _shapes(evaluation: Evaluation) -> list[list[CaseEstimate]]:
    """Those of `backends`; where it shows none, the shape of the widest intervals; and the bimodal ones."""
    groups: dict[tuple[str, int], list[CaseEstimate]] = {}
    for estimate in evaluation.of_role("case"):
        if estimate.speedup is not None:
            groups.setdefault((estimate.block, estimate.case.workers), []).append(estimate)
    bimodal = [key for key, members in groups.items() if any(map(evaluation.modes, members))]
    chosen = [(shape[0].block, shape[0].case.workers) for shape in backends.shapes(evaluation)]
    if not chosen and groups:
        chosen = [max(groups, key=lambda key: median(map(_width, groups[key])))]
    return [groups[key] for key in dict.fromkeys(chosen + bimodal[:_BIMODAL_SHAPES]) if key in groups]


def _width(estimate: CaseEstimate) -> float:
    """Of the interval, as a ratio; 0 where there is none."""
    e = estimate.speedup
    return 0.0 if e is None or e.low is None or e.high is None else e.high / e.low


class _Row:
    """One case: its paired speed-ups by round, and its modes."""

    def __init__(self, evaluation: Evaluation, estimate: CaseEstimate) -> None:
        self.estimate = estimate
        self.modes = evaluation.modes(estimate)
        self.speedups = evaluation.paired_speedups(estimate)
        self.value = estimate.speedup.value if estimate.speedup else 0.0

    def marks(self) -> list[tuple[Estimate, str]]:
        """The medians to mark with their names: one, or one per mode."""
        if self.modes:
            count = len(self.speedups)
            bars = [Estimate(mode.speedup, mode.low, mode.high, count) for mode in self.modes]
            return [(bar, f"{mode.mode} {mode.share:.0%}") for bar, mode in zip(bars, self.modes)]
        return [(self.estimate.speedup, "")] if self.estimate.speedup else []

    def words(self) -> str:
        marks = [(units.ratio(estimate.value), name) for estimate, name in self.marks()]
        return " or ".join(f"{value} ({name})" if name else value for value, name in marks)


def _figure(evaluation: Evaluation, look: style.Look, rows: Sequence[_Row]) -> Any:
    rows = sorted(rows, key=lambda row: row.value)
    estimates = [row.estimate for row in rows]
    mode = look.naming.shared_mode(estimates)
    names = dots.names([look.naming.label(e, mode) for e in estimates], 240)
    columns = [("", [row.words() for row in rows])]
    case = estimates[0].case
    bimodal = any(row.modes for row in rows)
    both = " A case with two speeds has a bar for each: cores near or far." if bimodal else ""
    figure, (ax,) = frame.make(
        families.shape_title(case, mode),
        f"Every sample: speed-up over {families.baselines(estimates)}, paired within its block. "
        f"Bar: median, and its 95 % interval.{both}",
        evaluation.results.context,
        [_ROW * (len(rows) + 0.4)],
        dots.margins(names, columns),
        _finding(names, rows),
    )
    low, high = _range([value for row in rows for value in row.speedups])
    scales.ratio_axis(ax, "x", low, high)
    ax.set(xlabel="speed-up over the baseline")
    ax.axvline(1, color=style.INK, linewidth=1.0, zorder=1.8, gid="break-even line")
    dots.write(ax, names, columns)
    for y, row in enumerate(rows):
        _draw_row(ax, y, row, look.line(row.estimate))
    return figure


def _finding(names: Sequence[str], rows: Sequence[_Row]) -> str:
    """Which case spreads most, or how many have two speeds."""
    two = [name for name, row in zip(names, rows) if row.modes]
    if two:
        has = "has" if len(two) == 1 else "have"
        return f"{len(two)} of {units.count(len(rows), 'case')} {has} two speeds"
    spans = [(max(row.speedups) / min(row.speedups), name, row) for name, row in zip(names, rows)]
    _, name, row = max(spans, key=lambda one: one[0])
    ends = f"{units.ratio(min(row.speedups))} to {units.ratio(max(row.speedups))}"
    return f"The samples spread most in {name}: {ends}"


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(1.0, *values), max(1.0, *values)
    pad = max(1.03, (high / low) ** 0.05)
    return low / pad, high * pad


def _draw_row(ax: Any, y: int, row: _Row, line: dict[str, Any]) -> None:
    dots.spread(ax, y, row.speedups, row.estimate.case.backend, {"color": line["color"], "alpha": 0.45})
    for estimate, _ in row.marks():
        dots.median(ax, y, estimate, line["color"])
