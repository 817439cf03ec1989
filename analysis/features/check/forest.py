"""The forest plot of a check: a row per case with the change and its interval, over the rule's margins."""

from __future__ import annotations

import math
from typing import Any

from ...show.charts import frame, style, text
from . import rule
from .report import CaseReport, Report, interval, percent
from .verdict import Word

_ROW = 0.26  # inches
_SIZE = 8.5
_GAP = 14.0  # points between columns
_NAMED = 3  # of the cases that are left out
_COLORS = {
    Word.SLOWER: "#d55e00", Word.FASTER: "#009e73", Word.SAME: "#0072b2",
    Word.INCONCLUSIVE: style.MUTED, Word.CONTAMINATED: style.MUTED,
}
_MARKERS = {
    Word.SLOWER: ">", Word.FASTER: "<", Word.SAME: "o", Word.INCONCLUSIVE: "D", Word.CONTAMINATED: "X",
}


def draw(report: Report) -> Any:
    """The Figure; within analysis.show.charts.style_context(). Worst at the top."""
    cases = sorted(report.cases, key=lambda case: case.change.value)
    names = [text.shorten(style.plain(case.label), _SIZE, 260) for case in cases]
    columns = [
        ("change", [percent(case.change.value) for case in cases]),
        ("95 % interval", [interval(case.change) for case in cases]),
        ("rounds", [_rounds(case) for case in cases]),
        ("verdict", [case.word.value for case in cases]),
    ]
    widths = [max(text.width(word, _SIZE) for word in (head, *cells)) for head, cells in columns]
    margins = frame.Margins(
        left=0.36 + max(text.width(name, _SIZE) for name in names) / 72,
        right=0.3 + sum(width + _GAP for width in widths) / 72,
        top=0.36,
    )
    planted = f" with {100 * report.plant:g} % planted" if report.plant else ""
    mood = "; ".join(f"{name} {value}" for name, value in report.mood.items())
    figure, (ax,) = frame.make(
        f"{report.word.value}: {report.head}{planted} against {report.base}",
        f"Head's time over base's: median of neighbours in time, 95 % interval. Dark band: ±1 %, no change; "
        f"light: ±3 %, `same` is shown within. {mood}{_left_out(report)}",
        report.context,
        [_ROW * (len(cases) + 0.4)],
        margins,
    )
    _axis(ax, cases)
    for y, case in enumerate(cases):
        _row(ax, y, case)
    ax.set_yticks(range(len(cases)), labels=names)
    ax.tick_params(axis="y", length=0)
    at = 0.0
    for (head, cells), width in zip(columns, widths):
        at += width + _GAP
        _column(ax, at, head, cells)
    return figure


def _left_out(report: Report) -> str:
    cases = [f"{name}: {reason}" for name, reason in report.left_out.items()]
    more = f"; and {len(cases) - _NAMED} more" if len(cases) > _NAMED else ""
    return f". Left out: {'; '.join(cases[:_NAMED])}{more}" if cases else ""


def _rounds(case: CaseReport) -> str:
    return f"{case.rounds}" + (f" + {case.confirmation.count}" if case.confirmation else "")


def _axis(ax: Any, cases: list[CaseReport]) -> None:
    ends = [
        100 * (end - 1)
        for case in cases for end in (case.change.value, case.change.low, case.change.high) if end is not None
    ]
    reach = min(60.0, max(4.0, 1.12 * max(abs(end) for end in ends)))
    ax.set(xlim=(-reach, reach), ylim=(-0.7, len(cases) - 0.3), xlabel="change of the time, %")
    ax.spines["left"].set_visible(False)
    for margin, alpha in ((rule.EQUIVALENCE, 0.05), (rule.MARGIN, 0.07)):
        low, high = 100 * (math.exp(-margin) - 1), 100 * (math.exp(margin) - 1)
        ax.axvspan(low, high, color=style.INK, alpha=alpha, linewidth=0, zorder=0.5)
    ax.axvline(0, color=style.INK, linewidth=1.0, zorder=1.8, gid="no change")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:+g}" if value else "0")


def _row(ax: Any, y: int, case: CaseReport) -> None:
    color = _COLORS[case.word]
    if case.change.low is not None and case.change.high is not None:
        low, high = 100 * (case.change.low - 1), 100 * (case.change.high - 1)
        ax.hlines(y, low, high, color=color, linewidth=4, alpha=0.4)
    ax.plot(
        [100 * (case.change.value - 1)], [y], marker=_MARKERS[case.word], color=color, markersize=6,
        markeredgecolor="white", markeredgewidth=0.6, linestyle="none", label=style.plain(case.label),
        zorder=3,
    )


def _column(ax: Any, right: float, head: str, cells: list[str]) -> None:
    look = {"textcoords": "offset points", "ha": "right", "gid": "label"}
    for y, cell in enumerate(cells):
        ax.annotate(cell, (1, y), xycoords=ax.get_yaxis_transform(), xytext=(right, 0), va="center_baseline",
                    fontsize=_SIZE, color=style.INK, **look)
    ax.annotate(head, (1, 1), xycoords="axes fraction", xytext=(right, 3), va="bottom", fontsize=7.5,
                color=style.MUTED, **look)
