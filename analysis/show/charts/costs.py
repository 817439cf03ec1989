"""Where the time goes: what a backend charges for a run, a task, a byte in and out, by the cost model."""

from __future__ import annotations

from typing import Any, Sequence

from ...statistics import model
from .. import units
from . import dots, families, frame, scales, style
from ...statistics.model import BackendModel, CostModel
from ...statistics.stats import Estimate, Evaluation

NEEDS = f"{model.LEAST_SHAPES} shapes of known task size, as suite grid has"

_ROW, _GAP = 0.3, 0.32  # inches: of a row, between the columns
_PRICES = (  # the term, its title, the least ns that are worth showing
    ("start-up", "start-up of a run", 100.0),
    ("task", "per task", 1.0),
    ("in", "per byte in", 0.001),
    ("out", "per byte out", 0.001),
    ("both ways", "per byte each way", 0.001),
)


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure: a row per backend, a column per price, each with its interval."""
    fitted = model.fit(evaluation)
    if fitted is None:
        return []
    return [(families.slug("costs", fitted.workload), _figure(evaluation, fitted))]


def _figure(evaluation: Evaluation, fitted: CostModel) -> Any:
    look = style.Look.of(evaluation)
    rows = sorted(fitted.backends, key=_total, reverse=True)
    names = dots.names([row.backend for row in rows], 200)
    figure, (whole,) = frame.make(
        f"{fitted.workload}: where the time goes",
        f"What a backend takes beyond {fitted.baseline}'s time shared among its workers: prices of the cost "
        "model, with 95 % intervals; bytes of large payloads. A triangle at the left edge: too little to "
        "be told from nothing.",
        evaluation.results.context,
        [_ROW * (len(rows) + 0.4)],
        dots.margins(names, []),
        _finding(fitted.backends),
    )
    box = whole.get_position()
    whole.remove()
    gap = _GAP / frame.WIDTH
    width = (box.width - gap * (len(_PRICES) - 1)) / len(_PRICES)
    for number, (name, title, least) in enumerate(_PRICES):
        ax = figure.add_axes((box.x0 + number * (width + gap), box.y0, width, box.height))
        frame.panel_title(ax, title)
        _column(ax, [(row, row.price(name), look.colors[row.backend]) for row in rows], least)
        ax.set(xlabel="time")
        dots.write(ax, names if number == 0 else [""] * len(names), [])
    return figure


def _finding(backends: Sequence[BackendModel]) -> str:
    """`A task costs from 9 ns (thread_pool) to 16 µs (std_async)`"""
    known = [b for b in backends if b.price("task").low is not None]
    if len(known) < 2:
        return ""
    least, most = (pick(known, key=lambda b: b.price("task").value) for pick in (min, max))
    ends = [f"{units.short_time(max(b.price('task').value, 1.0))} ({b.backend})" for b in (least, most)]
    return f"Handing out a task costs from {ends[0]} to {ends[1]}"


def _total(row: BackendModel) -> float:
    return row.price("start-up").value + 100 * row.price("task").value


def _column(ax: Any, rows: Sequence[tuple[BackendModel, Estimate, str]], least: float) -> None:
    """`rows`: backend, price in ns, colour; from the bottom to the top."""
    reach = [min(price.high or 0.0, 10 * max(price.value, least)) for _, price, _ in rows]
    right = 1.8 * max(30 * least, *reach)
    scales.duration_axis(ax, least, right)
    for y, (row, price, color) in enumerate(rows):
        shown = price.value > least
        low, high = (None if end is None else min(max(end, least), right) for end in (price.low, price.high))
        clipped = Estimate(max(price.value, least), low, high, price.count)
        look = {"marker": "o" if shown else "<", "markersize": 6, "color": color, "clip_on": False}
        dots.dot(ax, y, clipped, look, row.backend)
        if shown:
            ax.annotate(
                units.short_time(price.value), (price.value, y), xytext=(0, 5), textcoords="offset points",
                ha="center", va="bottom", fontsize=7, color=style.INK, gid="label",
            )
