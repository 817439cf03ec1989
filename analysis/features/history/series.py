"""The series of each case: its times as factors of the first anchor's, commit by commit."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import Mapping, Sequence

from .changes import changes
from .store import Line, Mark

OVERLAP = 5  # commits that are measured against both anchors, when there is a new one


@dataclass
class Series:
    """`places`: of the lines that have a value; `logs`: natural logarithms of the factors."""

    places: list[int] = field(default_factory=list)
    logs: list[float] = field(default_factory=list)


def of(lines: Sequence[Line]) -> dict[str, Series]:
    """A value against a newer anchor is brought to the first one's measure by the commits that have both.

    Lines from elsewhere have seconds alone; they make a series only where no line has a ratio of that case.
    """
    offsets = _offsets(lines)
    found: dict[str, Series] = defaultdict(Series)
    for place, line in enumerate(lines):
        seen = set()
        for anchor, cases in line.anchors.items():  # the older one first
            for name, ratio in cases.items():
                if name not in seen and name in offsets[anchor]:
                    seen.add(name)
                    found[name].places.append(place)
                    found[name].logs.append(math.log(ratio.value) + offsets[anchor][name])
    paired = set(found)
    for place, line in enumerate(lines):
        for name, seconds in line.seconds.items():
            if name not in paired:
                found[name].places.append(place)
                found[name].logs.append(math.log(seconds))
    return dict(found)


def _offsets(lines: Sequence[Line]) -> dict[str, dict[str, float]]:
    """By anchor and case: what is added to a logarithm to make it one of the first anchor."""
    offsets: dict[str, dict[str, float]] = {}
    for anchor in dict.fromkeys(anchor for line in lines for anchor in line.anchors):
        links: dict[str, list[float]] = defaultdict(list)
        for line in lines:
            if anchor in line.anchors:
                for name, gap in _gaps(line, anchor, offsets):
                    links[name].append(gap)
        names = {name for line in lines for name in line.anchors.get(anchor, {})}
        offsets[anchor] = {name: median(links[name]) if name in links else 0.0 for name in names}
    return offsets


def _gaps(line: Line, anchor: str, offsets: Mapping[str, Mapping[str, float]]) -> list[tuple[str, float]]:
    """What the anchors before this one say of its cases."""
    found = []
    for older, known in offsets.items():
        for name, ratio in line.anchors.get(older, {}).items():
            if name in line.anchors[anchor]:
                gap = math.log(ratio.value) + known[name] - math.log(line.anchors[anchor][name].value)
                found.append((name, gap))
    return found


def new_marks(lines: Sequence[Line]) -> tuple[Mark, ...]:
    """What the last line, added to the others, shows that no line before has marked.

    A change is one that was marked already where a mark of that case stands within a few commits of it: more
    points move a change point by one or two.
    """
    last = lines[-1]
    measured = {name for cases in last.anchors.values() for name in cases}
    number = {line.commit: place for place, line in enumerate(lines)}
    known: dict[str, list[int]] = defaultdict(list)
    for line in lines[:-1]:
        for mark in line.marks:
            if mark.at in number:
                known[mark.case].append(number[mark.at])
    marks = []
    for name, series in of(lines).items():
        if name not in measured:
            continue
        for change in changes(series.logs):
            place = series.places[change.at]
            if all(abs(place - old) > OVERLAP for old in known[name]):
                ratio = math.exp(change.after - change.before)
                marks.append(Mark(name, lines[place].commit, ratio, change.p))
    return tuple(marks)


def anchors_of_next(lines: Sequence[Line], commit: str, wanted: str | None) -> list[str]:
    """Which anchors the next commit is measured against, the older one first: the last line's, and a `wanted`
    new one beside it until OVERLAP commits have both."""
    if not lines or not lines[-1].anchors:
        return [wanted or commit]
    last = list(lines[-1].anchors)
    if wanted and wanted not in last:
        return [last[-1], wanted]
    if len(last) == 1:
        return last
    both = sum(set(last) <= set(line.anchors) for line in lines)
    return last if both < OVERLAP else last[-1:]
