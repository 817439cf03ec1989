"""Speed-up along an axis: lines with intervals, ceiling, ideal and break-even, labels at the lines' ends.

The charts of workers, payload and task size differ only in what they put into these records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping, Sequence

from . import frame, labels, scales, style, text
from ...files.results import Context
from ...statistics.stats import Crossing, Estimate

Point = tuple[float, Estimate]

BANDS_UP_TO = 4  # series in a panel; more bands than that hide each other, so that bars are drawn
_NAME_ROOM = 190.0  # points
_MAIN_HEIGHT, _HEIGHT = 3.4, 2.5  # inches: of the first panel, of the others


@dataclass(frozen=True)
class Series:
    name: str
    points: tuple[Point, ...]  # sorted by x
    line: Mapping[str, Any]  # see Look.line
    note: str = ""  # printed behind the name
    crossings: tuple[Crossing, ...] = ()
    marks: tuple[tuple[float, float], ...] = ()  # further places on the line


@dataclass(frozen=True)
class Curve:
    """A fitted law: solid evidence ends at `until`, so the curve does."""

    value: Callable[[float], float]
    color: str
    until: float


@dataclass(frozen=True)
class Panel:
    series: tuple[Series, ...]
    ceiling: tuple[Point, ...] = ()
    ideal: Callable[[float], float] | None = None
    title: str = ""
    curves: tuple[Curve, ...] = ()

    def estimates(self) -> list[Estimate]:
        return [e for points in (*(one.points for one in self.series), self.ceiling) for _, e in points]

    def xs(self) -> list[float]:
        return sorted({x for series in self.series for x, _ in series.points} | {x for x, _ in self.ceiling})


@dataclass(frozen=True)
class LineChart:
    title: str
    subtitle: str
    context: Context
    x_label: str
    x_axis: Callable[[Any, Iterable[Any]], None]  # prepares the x axis of an Axes for these values
    panels: tuple[Panel, ...]
    shade_beyond: tuple[float, str] | None = None  # x, and what the region is called
    finding: str = ""  # in words, for the title
    join_from: float = -math.inf  # points below this x are joined by dots only: nothing lies between


def draw(chart: LineChart) -> Any:
    """The figure; all panels share both axes' ranges, so that they can be compared."""
    tags = [_labels(panel) for panel in chart.panels]
    every = [label for panel in tags for label in panel]
    low, high = scales.ratio_range(e for panel in chart.panels for e in panel.estimates())
    wanted = [_MAIN_HEIGHT] + [_HEIGHT] * len(tags)
    heights = [max(least, labels.height(len(panel)) / 72) for least, panel in zip(wanted, tags)]
    top = 0.42 if chart.panels[0].title else 0.24
    margins = frame.Margins(left=_left(low, high), right=labels.room(every) / 72, top=top)
    figure, axes = frame.make(chart.title, chart.subtitle, chart.context, heights, margins, chart.finding)
    xs = [x for panel in chart.panels for x in panel.xs()]
    for panel, own, ax in zip(chart.panels, tags, axes):
        frame.panel_title(ax, panel.title)
        ax.set(xlabel=chart.x_label, ylabel="speed-up over the baseline")
        chart.x_axis(ax, xs)
        scales.ratio_axis(ax, "y", low, high)
        ax.grid(False, axis="x")
        _references(ax, panel, chart)
        for order, series in enumerate(panel.series):
            _series(ax, series, chart.join_from, len(panel.series) <= BANDS_UP_TO, 3 + 0.01 * order)
        labels.draw(ax, own, note_at=labels.note_column(every))
    return figure


def _left(low: float, high: float) -> float:
    """Inches for the y axis: its tick labels and its name."""
    ticks = scales.ratio_ticks(low, high)
    return 0.45 + max(text.width(scales.ratio_label(tick), style.TICK_SIZE) for tick in ticks) / 72


def _labels(panel: Panel) -> list[labels.EndLabel]:
    ends = [
        (one.points[-1], text.shorten(style.plain(one.name), labels.SIZE, _NAME_ROOM), one.note, one.line)
        for one in panel.series
    ]
    if panel.ceiling:
        ends.append((panel.ceiling[-1], "ceiling", "", style.CEILING_LINE))
    return [labels.EndLabel(x, estimate.value, name, note, line) for (x, estimate), name, note, line in ends]


def _references(ax: Any, panel: Panel, chart: LineChart) -> None:
    left, right = ax.get_xlim()
    ax.axhline(1, color=style.INK, linewidth=1.0, zorder=2, gid="break-even line")
    if chart.shade_beyond and chart.shade_beyond[0] < panel.xs()[-1]:
        _shade(ax, *chart.shade_beyond)
    if panel.ideal:
        _ideal(ax, panel.ideal, panel.xs(), right)
    if panel.ceiling:
        xs, values = [x for x, _ in panel.ceiling], [e.value for _, e in panel.ceiling]
        _joined(ax, xs, values, chart.join_from, label="ceiling", zorder=2.5, **style.CEILING_LINE)
        _band(ax, panel.ceiling, style.CEILING, 0.07)
    for curve in panel.curves:
        first = panel.xs()[0]
        grid = [first * (curve.until / first) ** (i / 60) for i in range(61)]
        ax.plot(
            grid, [curve.value(x) for x in grid], color=curve.color, linewidth=0.9, alpha=0.7,
            linestyle=(0, (1, 1)), label="_fit", gid="fit", zorder=2.4,
        )
    ax.set_xlim(left, right)


def _shade(ax: Any, x: float, name: str) -> None:
    _, right = ax.get_xlim()
    ax.axvspan(x, right, color="#f4f5f7", linewidth=0, zorder=0)
    room = (ax.get_window_extent().x1 - float(ax.transData.transform((x, 1))[0])) / (ax.figure.dpi / 72)
    ax.annotate(
        text.wrap(name, 7.5, room - 8, lines=3), (x, 0), xycoords=ax.get_xaxis_transform(), xytext=(5, 5),
        textcoords="offset points", fontsize=7.5, color=style.MUTED, ha="left", va="bottom",
    )


def _ideal(ax: Any, ideal: Callable[[float], float], xs: Sequence[float], right: float) -> None:
    """Its name stands above the place where it leaves the panel; out of sight it is not drawn."""
    low, high = ax.get_ylim()
    grid = [xs[0] * (right / xs[0]) ** (i / 200) for i in range(201)]
    visible = [x for x in grid if low <= ideal(x) <= high]
    if not visible:
        return
    ax.plot(grid, [ideal(x) for x in grid], **style.IDEAL_LINE, label="ideal", zorder=2)
    ax.annotate(
        "ideal", (visible[-1], 1), xycoords=ax.get_xaxis_transform(), xytext=(0, 3),
        textcoords="offset points", fontsize=8, color=style.MUTED, ha="center", va="bottom",
    )


def _series(ax: Any, series: Series, join_from: float, bands: bool, zorder: float) -> None:
    xs, values = [x for x, _ in series.points], [estimate.value for _, estimate in series.points]
    color = series.line["color"]
    if bands:
        _band(ax, series.points, color, 0.16)
    else:
        bars(ax, series.points, color)
    _joined(ax, xs, values, join_from, label=style.plain(series.name), zorder=zorder, **series.line)
    for x, y in series.marks:
        ax.plot(
            [x], [y], marker="s", markersize=5, markerfacecolor="white", markeredgecolor=color,
            markeredgewidth=1.5, linestyle="none", zorder=4, gid="mark", label="_mark",
        )
    break_evens(ax, series.crossings, color)


def break_evens(ax: Any, crossings: Iterable[Crossing], color: str) -> None:
    """A diamond at each, on the line of no gain."""
    for crossing in crossings:
        ax.plot(
            [crossing.x], [1], marker="D", markersize=5.5, markerfacecolor="white", markeredgecolor=color,
            markeredgewidth=1.5, linestyle="none", zorder=4, gid="break-even", label="_break-even",
        )


def _joined(ax: Any, xs: Sequence[float], ys: Sequence[float], join_from: float, **look: Any) -> None:
    """One line through the points; from points below `join_from` to the next a dotted piece."""
    solid = [i for i, x in enumerate(xs) if x >= join_from]
    if len(solid) == len(xs):
        ax.plot(xs, ys, **look)
        return
    first = solid[0] if solid else len(xs)
    dotted = {"linestyle": (0, (1, 2.2)), "linewidth": 1.0, "alpha": 0.8, "marker": "", "label": "_gap"}
    ax.plot(xs[:first + 1], ys[:first + 1], **{**look, **dotted})
    ax.plot(xs[:first], ys[:first], **{**look, "linestyle": "none", "label": "_before"})
    ax.plot(xs[first:], ys[first:], **look)


def _band(ax: Any, points: Sequence[Point], color: str, alpha: float) -> None:
    for places in _intervals(points):
        ax.fill_between(*places, color=color, alpha=alpha, linewidth=0, zorder=1.5)


def bars(ax: Any, points: Sequence[Point], color: str) -> None:
    """The interval of each point that has one."""
    for places in _intervals(points):
        ax.vlines(*places, color=color, alpha=0.35, linewidth=2.6, zorder=2.6)


def _intervals(points: Sequence[Point]) -> list[tuple[Any, ...]]:
    """One entry of places, lower and upper ends; none where no point has an interval."""
    known = [(x, e.low, e.high) for x, e in points if e.low is not None and e.high is not None]
    return [tuple(zip(*known))] if known else []
