"""Labels at the ends of lines: spread so that none overlaps, each joined to its line by a thin leader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from . import style, text

SIZE = 8.0
GAP = 11.5  # points from one label's middle to the next one's
_LEADER, _SWATCH, _NAME, _NOTE_GAP = 16.0, 24.0, 32.0, 10.0  # points right of the axes


@dataclass(frozen=True)
class EndLabel:
    """`x`, `y`: the end of the line, in data coordinates; `line`: how the line looks (see Look.line)."""

    x: float
    y: float
    name: str
    note: str = ""
    line: Mapping[str, Any] = field(default_factory=dict)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones (least squares), in their order, at least `gap` apart, in [low, high].

    Isotonic regression of wanted_i - i * gap by pooling adjacent violators. Where the room is too small for
    the gap, the gap shrinks.
    """
    if not wanted:
        return []
    if len(wanted) > 1:
        gap = min(gap, (high - low) / (len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    pools: list[tuple[float, int]] = []  # mean, size
    for rank, i in enumerate(order):
        mean, size = wanted[i] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean, size = (mean * size + other * others) / (size + others), size + others
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    top = high - (len(wanted) - 1) * gap
    placed = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        placed[i] = min(max(levels[rank], low), top) + rank * gap
    return placed


def room(labels: Sequence[EndLabel]) -> float:
    """Points that the labels need right of the axes."""
    notes = [text.width(label.note, SIZE) for label in labels if label.note]
    return _name_room(labels) + (_NOTE_GAP + max(notes) if notes else 0.0) + 16.0


def height(count: int) -> float:
    """Points that so many labels need."""
    return GAP * count + 6.0


def _name_room(labels: Sequence[EndLabel]) -> float:
    return _NAME + max((text.width(label.name, SIZE) for label in labels), default=0.0)


def draw(axes: Any, labels: Sequence[EndLabel], note_at: float | None = None) -> None:
    """Draws the labels right of the axes, whose limits and position must be final.

    `note_at`: where the column of notes begins, points right of the axes, to align several panels.
    """
    per_point = axes.figure.dpi / 72
    box = axes.get_window_extent()
    column = _name_room(labels) + _NOTE_GAP if note_at is None else note_at
    ends = [_within(box, axes.transData.transform((label.x, label.y))) for label in labels]
    middles = spread([y for _, y in ends], GAP * per_point, box.y0 + 4 * per_point, box.y1 - 4 * per_point)

    def place(x: float, y: float) -> tuple[float, float]:
        return (x - box.x0) / box.width, (y - box.y0) / box.height

    def right_of_axes(points: float, y: float) -> tuple[float, float]:
        return place(box.x1 + points * per_point, y)

    for label, (x, y), middle in zip(labels, ends, middles):
        color = label.line.get("color", style.MUTED)
        corners = [place(x, y), right_of_axes(3, y), right_of_axes(_LEADER, middle)]
        _free_line(axes, corners, "leader", color=color, linewidth=0.7, alpha=0.55)
        _swatch(axes, label, [right_of_axes(_LEADER + 1, middle), right_of_axes(_NAME - 3, middle)])
        _text(axes, right_of_axes(_NAME, middle), label.name, style.INK)
        if label.note:
            _text(axes, right_of_axes(column, middle), label.note, style.MUTED)


def note_column(labels: Sequence[EndLabel]) -> float:
    """Where the notes begin, points right of the axes; for several panels: of all their labels together."""
    return _name_room(labels) + _NOTE_GAP


def _within(box: Any, point: Any) -> tuple[float, float]:
    x, y = float(point[0]), float(point[1])
    return min(max(x, box.x0), box.x1), min(max(y, box.y0), box.y1)


def _swatch(axes: Any, label: EndLabel, ends: Sequence[tuple[float, float]]) -> None:
    """A short piece of the line with its marker."""
    (left, y), (right, _) = ends
    _free_line(axes, [(left, y), ((left + right) / 2, y), (right, y)], "swatch", markevery=[1], **label.line)


def _free_line(axes: Any, points: Sequence[tuple[float, float]], gid: str, **look: Any) -> None:
    """A line in coordinates of the axes, which may leave them."""
    from matplotlib.lines import Line2D

    xs, ys = zip(*points)
    axes.add_artist(Line2D(xs, ys, transform=axes.transAxes, clip_on=False, gid=gid, **look))


def _text(axes: Any, at: tuple[float, float], words: str, color: str) -> None:
    look = {"fontsize": SIZE, "color": color, "ha": "left", "va": "center_baseline"}
    axes.text(*at, words, transform=axes.transAxes, gid="label", **look)
