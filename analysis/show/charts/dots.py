"""A row a case: its name at the left, a dot with its interval, columns of words at the right."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from . import style, text
from .frame import Margins
from ...statistics.stats import Estimate

SIZE, _HEAD_SIZE = 8.5, 7.5  # points
_GAP = 14.0  # points between columns

Column = tuple[str, Sequence[str]]  # its head, and its words from the bottom row to the top one


def names(labels: Sequence[str], room: float = 260.0) -> list[str]:
    """What stands at the left, in at most `room` points."""
    return [text.shorten(style.plain(label), SIZE, room) for label in labels]


def margins(row_names: Sequence[str], columns: Sequence[Column]) -> Margins:
    """Room for names and columns."""
    return Margins(
        left=0.36 + max(text.width(name, SIZE) for name in row_names) / 72,
        right=0.3 + sum(_width(column) + _GAP for column in columns) / 72,
        top=0.36,
    )


def _width(column: Column) -> float:
    head, words = column
    return max(text.width(word, SIZE) for word in (head, *words))


def write(ax: Any, row_names: Sequence[str], columns: Sequence[Column]) -> None:
    """Names and columns; the row y of an Axes is at height y, the first one at the bottom."""
    ax.set(ylim=(-0.7, len(row_names) - 0.3))
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(row_names)), labels=row_names)
    ax.tick_params(axis="y", length=0)
    right = 0.0
    for head, words in columns:
        right += _width((head, words)) + _GAP
        look = {"textcoords": "offset points", "ha": "right", "gid": "label"}
        for y, word in enumerate(words):
            ax.annotate(word, (1, y), xycoords=ax.get_yaxis_transform(), xytext=(right, 0),
                        va="center_baseline", fontsize=SIZE, color=style.INK, **look)
        if head:
            ax.annotate(head, (1, 1), xycoords="axes fraction", xytext=(right, 3), va="bottom",
                        fontsize=_HEAD_SIZE, color=style.MUTED, **look)


def dot(ax: Any, y: float, estimate: Estimate, line: Mapping[str, Any], label: str) -> None:
    """`line`: keyword arguments of a matplotlib line, see Look.line."""
    if estimate.low is not None and estimate.high is not None:
        ax.hlines(y, estimate.low, estimate.high, color=line["color"], linewidth=4, alpha=0.4, zorder=2.5)
    look = {**line, "linestyle": "none", "label": style.plain(label), "zorder": 3}
    ax.plot([estimate.value], [y], **look)


def spread(
    ax: Any, y: float, values: Sequence[float], label: str, look: Mapping[str, Any], height: float = 0.28
) -> None:
    """A dot a value, spread a little in the order of the values, so that a drift shows as a slant."""
    last = max(1, len(values) - 1)
    places = [y + height * (2 * i / last - 1) for i in range(len(values))]
    ax.plot(
        values, places, linestyle="none", marker="o", markersize=3.4, markeredgecolor="none", zorder=2.5,
        gid="samples", label=style.plain(label), **look,
    )


def median(ax: Any, y: float, estimate: Estimate, color: str, height: float = 0.36) -> None:
    """An upright line at the median, and the interval as a bar."""
    if estimate.low is not None and estimate.high is not None:
        ax.hlines(y, estimate.low, estimate.high, color=color, linewidth=2.4, zorder=3)
    ax.plot(
        [estimate.value] * 2, [y - height, y + height], color=style.INK, linewidth=1.6, zorder=3.5,
        gid="median", label="_median",
    )
