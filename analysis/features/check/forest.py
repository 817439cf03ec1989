"""The forest plot of a check: a row per case with the change and its interval, over the rule's margins."""

from __future__ import annotations

import math
from typing import Any, Mapping

from ...show.charts import dots, frame, style
from . import rule
from .report import CaseReport, Report, interval, percent
from .verdict import Word
from ...statistics.stats import Estimate

_ROW = 0.26  # inches
_NAMED = 3  # of the cases that are left out
_COLORS = {
    Word.SLOWER: "#d55e00", Word.FASTER: "#009e73", Word.SAME: "#0072b2",
    Word.SUSPECT: "#e69f00", Word.ACCEPTED: "#cc79a7",
    Word.INCONCLUSIVE: style.MUTED, Word.CONTAMINATED: style.MUTED,
}
_MARKERS = {
    Word.SLOWER: ">", Word.FASTER: "<", Word.SAME: "o", Word.SUSPECT: "^", Word.INCONCLUSIVE: "D",
    Word.CONTAMINATED: "X", Word.ACCEPTED: "P",
}
_LOOK: Mapping[str, Any] = {"markersize": 6, "markeredgecolor": "white", "markeredgewidth": 0.6}


def draw(report: Report) -> Any:
    """The Figure; within analysis.show.charts.style_context(). Worst at the top."""
    cases = sorted(report.cases, key=lambda case: case.change.value)
    names = dots.names([case.label for case in cases])
    changes = [_percent(case.change) for case in cases]
    columns = [
        ("change", [percent(case.change.value) for case in cases]),
        ("95 % interval", [interval(case.change) for case in cases]),
        ("rounds", [_rounds(case) for case in cases]),
        ("verdict", [case.word.value for case in cases]),
    ]
    planted = f" with {100 * report.plant:g} % planted" if report.plant else ""
    surroundings = "; ".join(f"{name} {value}" for name, value in report.surroundings.items())
    figure, (ax,) = frame.make(
        f"{report.word.value}: {report.head}{planted} against {report.base}",
        f"Head's time over base's: median of neighbours in time, 95 % interval. Dark band: ±1 %, no change; "
        f"light: ±3 %, `same` is shown within. {surroundings}{_left_out(report)}",
        report.context,
        [_ROW * (len(cases) + 0.4)],
        dots.margins(names, columns),
    )
    dots.write(ax, names, columns)
    _axis(ax, changes)
    for y, (case, change) in enumerate(zip(cases, changes)):
        look = {**_LOOK, "color": _COLORS[case.word], "marker": _MARKERS[case.word]}
        dots.dot(ax, y, change, look, case.label)
    return figure


def _left_out(report: Report) -> str:
    cases = [f"{name}: {reason}" for name, reason in report.left_out.items()]
    more = f"; and {len(cases) - _NAMED} more" if len(cases) > _NAMED else ""
    return f". Left out: {'; '.join(cases[:_NAMED])}{more}" if cases else ""


def _rounds(case: CaseReport) -> str:
    return f"{case.rounds}" + (f" + {case.confirmation.count}" if case.confirmation else "")


def _percent(ratio: Estimate) -> Estimate:
    value, low, high = (None if x is None else 100 * (x - 1) for x in (ratio.value, ratio.low, ratio.high))
    assert value is not None
    return Estimate(value, low, high, ratio.count)


def _axis(ax: Any, changes: list[Estimate]) -> None:
    ends = [end for e in changes for end in (e.value, e.low, e.high) if end is not None]
    reach = min(60.0, max(4.0, 1.12 * max(abs(end) for end in ends)))
    ax.set(xlim=(-reach, reach), xlabel="change of the time, %")
    for margin, alpha in ((rule.EQUIVALENCE, 0.05), (rule.MARGIN, 0.07)):
        low, high = 100 * (math.exp(-margin) - 1), 100 * (math.exp(margin) - 1)
        ax.axvspan(low, high, color=style.INK, alpha=alpha, linewidth=0, zorder=0.5)
    ax.axvline(0, color=style.INK, linewidth=1.0, zorder=1.8, gid="no change")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:+g}" if value else "0")
