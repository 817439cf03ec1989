"""Measures text before anything is drawn, so that charts make room for their labels."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _renderer() -> Any:
    from matplotlib.backends.backend_agg import RendererAgg

    return RendererAgg(16, 16, 72)


@lru_cache(maxsize=4096)
def width(text: str, size: float, weight: str = "normal") -> float:
    """The width of one line of text in points; `size` in points."""
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family=["DejaVu Sans"], size=size, weight=weight)
    points: float = _renderer().get_text_width_height_descent(text.replace(r"\$", "$"), font, False)[0]
    return points


def wrap(text: str, size: float, room: float, weight: str = "normal", lines: int = 2) -> str:
    """Breaks at spaces into at most `lines` lines of at most `room` points; what is left over becomes `…`."""
    rows: list[str] = []
    words = text.split(" ")
    while words and len(rows) < lines:
        taken = 1
        while taken < len(words) and width(" ".join(words[: taken + 1]), size, weight) <= room:
            taken += 1
        rows.append(shorten(" ".join(words[:taken]), size, room, weight))
        words = words[taken:]
    if words:
        rows[-1] = shorten(f"{rows[-1].rstrip('…')} …", size, room, weight)
    return "\n".join(rows)


def shorten(text: str, size: float, room: float, weight: str = "normal") -> str:
    """Cuts the middle out of a text that is wider than `room` points."""
    if width(text, size, weight) <= room:
        return text
    least = 4  # characters that stay, whatever the room
    lengths = range(least + 1, len(text))
    more = bisect_right(lengths, room, key=lambda keep: width(_cut(text, keep), size, weight))
    return _cut(text, least + more)


def _cut(text: str, keep: int) -> str:
    return f"{text[: (keep + 1) // 2]}…{text[len(text) - keep // 2 :]}"
