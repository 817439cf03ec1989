"""Draws the charts of claims: narrow, without titles, so that a page can set them beside their words.

Everything is in inches at a fixed width; a page scales the whole by at most a third either way.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

from ...show.charts import dots, linechart, scales, style, text
from .model import Axis, Chart, Dot, DotChart, Mark, SeriesChart
from ...show.charts.linechart import Series
from ...statistics.stats import Estimate

WIDTH = 4.6  # inches
_EDGE = 0.1
_SIZE, _SMALL = 8.2, 7.4  # points
_ROW, _HEAD = 0.33, 0.27  # inches: of a row of two storeys, of a group's name
_FOOT = 0.46  # ticks and the axis' name
_LEGEND_ROW = 0.185
_PANEL = 2.4

_X_AXES: Mapping[Axis, Callable[..., None]] = {
    Axis.BYTES: scales.bytes_axis,
    Axis.TIME: scales.time_axis,
    Axis.WORKERS: scales.workers_axis,
}


def draw(chart: Chart) -> Any:
    """The Figure; within analysis.show.charts.style_context()."""
    return _dots(chart) if isinstance(chart, DotChart) else _lines(chart)


def _figure(height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), dpi=100)


def _dots(chart: DotChart) -> Any:
    """Rows from top to bottom: the name above its own piece of the axis, so that names may be long."""
    top = 0.24 if chart.marks else 0.08
    inner = sum(_HEAD + _ROW * len(rows) for _, rows in chart.groups)
    height = top + inner + _FOOT
    figure = _figure(height)
    across = WIDTH - 2 * _EDGE
    ax = figure.add_axes((_EDGE / WIDTH, _FOOT / height, across / WIDTH, inner / height))
    ax.set(ylim=(0, inner), xlabel=chart.axis)
    low, high = _range(chart)
    scales.ratio_axis(ax, "x", low, high)
    _plain(ax)
    if chart.band:
        ax.axvspan(*chart.band, color=style.INK, alpha=0.06, linewidth=0, zorder=0.5)
    ax.axvline(1, color=style.INK, linewidth=1.0, zorder=1.8, gid="break-even line")
    _marks(ax, chart.marks)
    y = inner
    for name, rows in chart.groups:
        y -= _HEAD
        room = 72 * across
        _words(ax, 0, y + 0.075, text.shorten(style.plain(name), _SIZE, room, "bold"), weight="bold")
        for row in rows:
            y -= _ROW
            _row(ax, y, row)
    return figure


def _range(chart: DotChart) -> tuple[float, float]:
    estimates = [row.estimate for _, rows in chart.groups for row in rows]
    low, high = scales.ratio_range([*estimates, *(Estimate(mark.at, None, None, 1) for mark in chart.marks)])
    pad = (high / low) ** 0.04
    return low / pad, high * pad


def _plain(ax: Any) -> None:
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="x", length=0)
    ax.xaxis.label.set_size(_SIZE)
    for label in _edge_labels(ax):
        label.set_visible(False)


def _edge_labels(ax: Any) -> list[Any]:
    """Tick labels that would leave the figure."""
    left, right = ax.get_xlim()
    per_point = ax.figure.dpi / 72
    width = ax.figure.bbox.width
    out = []
    for label, at in zip(ax.get_xticklabels(), ax.get_xticks()):
        x = float(ax.transData.transform((at, 0))[0])
        half = text.width(label.get_text(), style.TICK_SIZE) / 2 * per_point
        if not left <= at <= right or x - half < 0 or x + half > width:
            out.append(label)
    return out


def _marks(ax: Any, marks: Sequence[Mark]) -> None:
    width = ax.figure.bbox.width
    per_point = ax.figure.dpi / 72
    for mark in marks:
        ax.axvline(mark.at, **style.IDEAL_LINE, zorder=1.8, label=mark.name)
        half = text.width(mark.name, _SMALL) / 2 * per_point
        at = float(ax.transData.transform((mark.at, 0))[0])
        middle = min(max(at, half + 2), width - half - 2)
        x = ax.transAxes.inverted().transform((middle, 0))[0]
        ax.annotate(
            mark.name, (x, 1), xycoords="axes fraction", xytext=(0, 3), textcoords="offset points",
            ha="center", va="bottom", fontsize=_SMALL, color=style.MUTED, gid="mark",
        )


def _row(ax: Any, y: float, row: Dot) -> None:
    room = 72 * (WIDTH - 2 * _EDGE) - text.width(row.value, _SIZE) - 10
    _words(ax, 0, y + 0.185, text.shorten(style.plain(row.label), _SIZE, room))
    _words(ax, 1, y + 0.185, row.value, color=style.MUTED)
    at, estimate = y + 0.085, row.estimate
    ax.axhline(at, color=style.GRID, linewidth=0.7, zorder=1)
    color = row.line["color"]
    ax.hlines(at, *sorted((1.0, estimate.value)), color=color, linewidth=1.2, alpha=0.55, zorder=2.3)
    dots.dot(ax, at, estimate, row.line, row.label)


def _words(ax: Any, x: float, y: float, words: str, **look: Any) -> None:
    """At the left (0) or right (1) edge, on a ground that hides the lines behind."""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85}
    ax.text(
        x, y, words, transform=ax.get_yaxis_transform(), ha="left" if x == 0 else "right", va="bottom",
        gid="label", fontsize=_SIZE, zorder=2.4, bbox=ground, **{"color": style.INK, **look},
    )


def _lines(chart: SeriesChart) -> Any:
    """A panel, and a legend beneath with a row per line."""
    legend = 0.1 + _LEGEND_ROW * len(chart.lines)
    top = 0.27
    height = top + _PANEL + _FOOT + legend
    figure = _figure(height)
    low, high = scales.ratio_range(estimate for line in chart.lines for _, estimate in line.points)
    ticks = [scales.ratio_label(tick) for tick in scales.ratio_ticks(low, high)]
    left = _EDGE + 0.08 + max(text.width(tick, style.TICK_SIZE) for tick in ticks) / 72
    right = 0.22
    box = (left / WIDTH, (_FOOT + legend) / height, (WIDTH - left - right) / WIDTH, _PANEL / height)
    ax = figure.add_axes(box)
    xs = sorted({x for line in chart.lines for x, _ in line.points})
    _X_AXES[chart.x](ax, [int(x) for x in xs] if chart.x is Axis.WORKERS else xs)
    scales.ratio_axis(ax, "y", low, high)
    ax.grid(False, axis="x")
    ax.tick_params(length=0)
    ax.set_xlabel(chart.x_label, fontsize=_SIZE)
    ax.set_title(chart.y_label, loc="left", fontsize=_SIZE, color=style.INK, pad=6, x=0)
    if chart.band:
        ax.axhspan(*chart.band, color=style.INK, alpha=0.06, linewidth=0, zorder=0.5)
    ax.axhline(1, color=style.INK, linewidth=1.0, zorder=2, gid="break-even line")
    for order, line in enumerate(chart.lines):
        _line(ax, line, 3 + 0.01 * order)
        _legend_row(figure, line, (legend - 0.1 - _LEGEND_ROW * (order + 0.5)) / height)
    for label in _edge_labels(ax):
        label.set_visible(False)
    return figure


def _line(ax: Any, line: Series, zorder: float) -> None:
    xs, values = [x for x, _ in line.points], [estimate.value for _, estimate in line.points]
    linechart.bars(ax, line.points, line.line["color"])
    ax.plot(xs, values, label=style.plain(line.name), zorder=zorder, **line.line)
    linechart.break_evens(ax, line.crossings, line.line["color"])


def _legend_row(figure: Any, line: Series, y: float) -> None:
    from matplotlib.lines import Line2D

    left, gap, note_gap = 72 * _EDGE, 34.0, 10.0
    width = 72 * WIDTH

    def place(points: float) -> float:
        return points / width

    xs = [place(left), place(left + 13), place(left + 26)]
    swatch: Mapping[str, Any] = {**line.line, "markevery": [1]}
    figure.add_artist(Line2D(xs, [y] * 3, transform=figure.transFigure, gid="swatch", **swatch))
    note = style.plain(line.note)
    room = width - left - gap - 72 * _EDGE - (text.width(note, _SIZE) + note_gap if note else 0)
    name = text.shorten(style.plain(line.name), _SIZE, room)
    look = {"fontsize": _SIZE, "va": "center_baseline", "gid": "label"}
    figure.text(place(left + gap), y, name, color=style.INK, ha="left", **look)
    if note:
        figure.text(1 - _EDGE / WIDTH, y, note, color=style.MUTED, ha="right", **look)
