"""What a chart shows, in one sentence for its title: by intervals alone, empty where nothing is certain."""

from __future__ import annotations

from typing import Callable, Sequence

from .. import units
from .linechart import Series
from ...statistics.stats import Estimate

Named = tuple[str, Estimate]


def fastest(rows: Sequence[Named], where: str = "") -> str:
    """`thread_pool is the fastest: 1.97×`, or which ones are level; names with their speed-ups."""
    known = [(name, e) for name, e in rows if e.low is not None and e.high is not None]
    if not known or len(known) < len(rows):
        return ""
    name, best = max(known, key=lambda row: row[1].value)
    level = [other for other, e in known if other != name and (e.high or 0) >= (best.low or 0)]
    value = units.ratio(best.value) + where
    if (best.high or 0) < 1:
        return f"Nothing pays: the best, {name}, has {value}"
    if level:
        return f"{listed([name, *level])} are level: {value}"
    return f"{name} is the fastest: {value}" if len(known) > 1 else f"{name}: {value}"


def fastest_at_the_end(
    lines: Sequence[Series], words: Callable[[float], str], most: float | None = None
) -> str:
    """Of the lines that reach the last place (at most `most`) along the axis; `words` says the place."""
    places = {x for line in lines for x, _ in line.points if most is None or x <= most}
    if not places:
        return ""
    last = max(places)
    rows = [(line.name, e) for line in lines for x, e in line.points if x == last]
    return fastest(rows, f" {words(last)}")


def where_it_pays(lines: Sequence[Series], form: Callable[[float], str]) -> str:
    """`Pays at every size measured: thread_pool; up to 38 KiB: fork_pool/pipe; never: std_async`"""
    groups: dict[str, list[str]] = {}
    reach: dict[str, tuple[int, float]] = {}  # what pays most comes first
    for line in sorted(lines, key=lambda one: one.name):
        kind = _kind(line, form)
        if kind:
            groups.setdefault(kind[0], []).append(line.name)
            reach[kind[0]] = kind[1]
    order = sorted(groups, key=reach.__getitem__)
    if len(order) > _MOST_GROUPS:  # the ends say how far they are apart
        order = [*order[: _MOST_GROUPS - 1], order[-1]]
    said = "; ".join(f"{words}: {listed(groups[words])}" for words in order)
    return f"Pays {said}" if order and not order[0].startswith("never") else said.capitalize()


_MOST_GROUPS = 3


def _kind(line: Series, form: Callable[[float], str]) -> tuple[str, tuple[int, float]] | None:
    """The words for where a line pays, and what they are sorted by; None: undecided."""
    if line.crossings:
        last = line.crossings[-1]
        return f"{'from' if last.rising else 'up to'} {form(last.x)}", (1, last.x if last.rising else -last.x)
    if all((e.low or 0) > 1 for _, e in line.points):
        return "at every size measured", (0, 0.0)
    if all(e.high is not None and e.high < 1 for _, e in line.points):
        return "never", (2, 0.0)
    return None


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a and 3 more`"""
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} more"
