"""The frame of a figure: title, subtitle, stacked panels with room for labels at the right, footer.

All positions are in inches, so that text never depends on what is drawn; nothing here touches pyplot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

from .. import units
from . import style, text
from ...files.results import Context
from ...statistics.stats import ROUNDS_OF_AN_INTERVAL

WIDTH = 9.6
_EDGE, _TITLE, _SUBTITLE, _FOOTER = 0.22, 13.0, 9.0, 7.0
_LINE = 1.35  # line height in font sizes


@dataclass(frozen=True)
class Margins:
    """Inches around each panel."""

    left: float = 0.72
    right: float = 0.3
    top: float = 0.3  # holds the panel's own title
    bottom: float = 0.58  # holds tick labels and the axis label


def make(
    title: str,
    subtitle: str,
    context: Context,
    panel_heights: Sequence[float],
    margins: Margins,
    finding: str = "",
) -> tuple[Any, list[Any]]:
    """A figure and one Axes per panel, from top to bottom; heights in inches.

    What was found is the title where it is known, and what was measured then begins the text below it.
    Where the run had too few rounds for an interval of 95 %, each panel says so across the plot.
    """
    if finding:
        title, subtitle = finding, f"{title}. {subtitle}"
    figure, axes = make_with_footer(title, subtitle, footer(context), panel_heights, margins)
    if context.rounds < ROUNDS_OF_AN_INTERVAL:
        words = f"only {units.count(context.rounds, 'round')}: no interval, the order may be chance"
        for panel in axes:
            panel.text(
                0.5, 0.5, words, transform=panel.transAxes, ha="center", va="center", fontsize=15,
                fontweight="bold", color=style.MUTED, alpha=0.4, zorder=0,
            )
    return figure, axes


def make_with_footer(
    title: str, subtitle: str, source: str, panel_heights: Sequence[float], margins: Margins
) -> tuple[Any, list[Any]]:
    """The same, with a footer of any text."""
    from matplotlib.figure import Figure

    room = 72 * (WIDTH - 2 * _EDGE)
    heading = text.wrap(style.plain(title), _TITLE, room, "bold")
    explanation = text.wrap(style.plain(subtitle), _SUBTITLE, room)
    small_print = text.wrap(style.plain(source), _FOOTER, room)
    head = _EDGE + _inches(heading, _TITLE) + 0.04 + _inches(explanation, _SUBTITLE) + 0.06
    foot = _EDGE * 0.7 + _inches(small_print, _FOOTER)
    height = head + sum(panel_heights) + len(panel_heights) * (margins.top + margins.bottom) + foot + 0.08

    figure = Figure(figsize=(WIDTH, height), dpi=100)
    top = height - _EDGE
    _write(figure, top, heading, fontsize=_TITLE, fontweight="bold", color=style.INK)
    _write(figure, top - _inches(heading, _TITLE) - 0.04, explanation, fontsize=_SUBTITLE, color=style.MUTED)
    _write(figure, foot, small_print, fontsize=_FOOTER, color=style.MUTED)

    axes = []
    left, across = margins.left / WIDTH, 1 - (margins.left + margins.right) / WIDTH
    top = height - head
    for panel in panel_heights:
        top -= margins.top + panel
        axes.append(figure.add_axes((left, top / height, across, panel / height)))
        top -= margins.bottom
    return figure, axes


def panel_title(axes: Any, words: str) -> None:
    axes.set_title(style.plain(words), loc="left", fontsize=9.5, fontweight="bold", color=style.INK, pad=7)


def footer(context: Context) -> str:
    """Where the numbers come from: machine, date, suite, rounds, program."""
    revision = context.git_revision[:12]
    return style.join(
        [
            f"{context.cpu or 'unknown CPU'}, {units.count(context.cores, 'core')}",
            context.kernel,
            context.date[:10],
            f"suite {context.suite}",
            units.count(context.rounds, "round") + (" (interrupted)" if context.interrupted else ""),
            f"breakeven {context.version}" + (f" ({revision})" if revision else ""),
        ]
    )


def _inches(lines: str, size: float) -> float:
    return (lines.count("\n") + 1) * size * _LINE / 72


def _write(figure: Any, top: float, words: str, **look: Any) -> None:
    width, height = figure.get_size_inches()
    figure.text(_EDGE / width, top / height, words, ha="left", va="top", linespacing=1.25, **look)
