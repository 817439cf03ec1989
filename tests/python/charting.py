"""Reads what a figure shows: its lines by name, its words, and which of them overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.show import charts


def figures(evaluation: Any, chart: str) -> dict[str, Any]:
    """Figures by name, of one chart's module."""
    return dict(charts.draw(chart, evaluation)[1])


def only(evaluation: Any, chart: str) -> Any:
    (figure,) = figures(evaluation, chart).values()
    return figure


def lines(axes: Any) -> dict[str, Any]:
    """Named lines of an Axes: backends, `ceiling`, `ideal`."""
    return {line.get_label(): line for line in axes.lines if line.get_label() and line.get_label()[0] != "_"}


def points(axes: Any, name: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in zip(*lines(axes)[name].get_data())]


def shows(axes: Any, name: str, expected: list[tuple[float, float]]) -> bool:
    """Whether the line holds these points, to a millionth."""
    return np.allclose(points(axes, name), expected, rtol=1e-6, atol=0)


def texts(figure: Any) -> list[Any]:
    """Every visible text, tick labels included."""
    from matplotlib.text import Text

    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def words(figure: Any) -> str:
    return "\n".join(t.get_text() for t in texts(figure))


def overlaps(figure: Any) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes intersect by more than a hair."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = _shown(figure)
    boxes = [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in shown]
    return [
        (a, b)
        for i, (a, first) in enumerate(boxes)
        for b, second in boxes[i + 1:]
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 0.5
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 1.5
    ]


def outside(figure: Any) -> list[str]:
    """Texts that leave the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    page = figure.bbox
    boxes = [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in _shown(figure)]
    return [text for text, box in boxes if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1]


def _shown(figure: Any) -> list[Any]:
    """Texts that are drawn; matplotlib keeps spare tick labels that are not."""
    every_axis = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    drawn = {label for axis in every_axis for label in axis.get_ticklabels(which="both")}
    ticks = [tick for axis in every_axis for tick in (*axis.majorTicks, *axis.minorTicks)]
    made = {label for tick in ticks for label in (tick.label1, tick.label2)}
    return [t for t in texts(figure) if t in drawn or t not in made]
