"""The page of a history: a chart a case, commits from left to right, marks where levels changed; a badge."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

import numpy as np

from ...show import html
from .series import Series, of
from .store import Line, Mark

_TEMPLATE = Path(__file__).with_name("history.html.jinja")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 960, 130, 62, 12, 14, 18
_LEAST_RANGE = math.log(1.04)  # of the axis: noise below does not fill the chart
_DOTS = 300  # more points are drawn as a band of the least and the largest, and a line of medians
BADGE_COMMITS = 30  # of these the badge speaks


@dataclass(frozen=True)
class Chart:
    name: str
    title: str  # what it shows, in a sentence
    svg: Any
    is_paired: bool


def render(lines: Sequence[Line], name: str) -> bytes:
    series = of(lines)
    marks = [(line, mark) for line in lines for mark in line.marks]
    at = {line.commit: place for place, line in enumerate(lines)}
    measured = {name for line in lines for cases in line.anchors.values() for name in cases}
    charts = [_chart(case, one, lines, at, case in measured) for case, one in series.items()]
    anchors = list(dict.fromkeys(anchor for line in lines for anchor in line.anchors))
    return html.render(_TEMPLATE, {
        "name": name,
        "lead": _lead(lines, marks),
        "charts": charts,
        "marks": [_row(lines, at, line, mark) for line, mark in reversed(marks) if mark.at in at],
        "anchors": [anchor[:12] for anchor in anchors],
        "machines": list(dict.fromkeys(line.machine for line in lines if line.machine))[-5:],
        "has_seconds": any(not chart.is_paired for chart in charts),
    })


def _lead(lines: Sequence[Line], marks: Sequence[tuple[Line, Mark]]) -> str:
    if not lines:
        return "No commit yet."
    slower = sum(mark.ratio > 1 for _, mark in marks)
    span = f"{len(lines)} commits, {lines[0].date[:10]} to {lines[-1].date[:10]}"
    return f"{span}: {slower} times slower, {len(marks) - slower} times faster."


def _row(lines: Sequence[Line], at: dict[str, int], line: Line, mark: Mark) -> dict[str, str]:
    place = at[mark.at]
    before = lines[place - 1].commit if place else ""
    words = ["breakeven", "check", "--base", before, "--head", mark.at]
    return {
        "id": f"at-{mark.at[:12]}",
        "case": mark.case,
        "change": f"{100 * (mark.ratio - 1):+.1f} %",
        "word": "slower" if mark.ratio > 1 else "faster",
        "commit": mark.at[:12],
        "subject": lines[place].subject,
        "date": lines[place].date[:10],
        "p": f"{mark.p:.3g}",
        "found": f"with {line.commit[:12]}",
        "command": shlex.join(words) if before else "",
    }


def _chart(name: str, series: Series, lines: Sequence[Line], at: dict[str, int], is_paired: bool) -> Chart:
    logs = np.asarray(series.logs)
    if not is_paired:
        logs = logs - logs[0]
    last = math.exp(float(np.median(logs[-5:])) - float(np.median(logs[:5])))
    what = "of the first anchor's time" if is_paired else "of the first one's seconds; not comparable"
    title = f"{name}: now {last:.3g} times what it was at first"
    low, high = float(logs.min()), float(logs.max())
    if high - low < _LEAST_RANGE:
        middle = (low + high) / 2
        low, high = middle - _LEAST_RANGE / 2, middle + _LEAST_RANGE / 2
    x = LEFT + (WIDTH - LEFT - RIGHT) * np.asarray(series.places) / max(1, len(lines) - 1)
    y = TOP + (HEIGHT - TOP - BOTTOM) * (high - logs) / (high - low)
    parts = [_axis(low, high)]
    parts += _dots(x, y, series, lines, logs) if len(logs) <= _DOTS else _band(x, y)
    own = [mark for line in lines for mark in line.marks if mark.case == name and mark.at in at]
    step = (WIDTH - LEFT - RIGHT) / max(1, len(lines) - 1)
    parts += [_mark(mark, LEFT + step * at[mark.at]) for mark in own]
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">'
    described = f"<title>{_text(title)}, {_text(what)}</title>"
    return Chart(name, title, html.safe(head + described + "".join(parts) + "</svg>"), is_paired)


def _axis(low: float, high: float) -> str:
    lines = []
    for log in np.linspace(low, high, 3):
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - log) / (high - low)
        lines.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" class="end">{math.exp(float(log)):.3g}x</text>')
    return "".join(lines)


def _dots(x: Any, y: Any, series: Series, lines: Sequence[Line], logs: Any) -> list[str]:
    found = [f'<path class="line" d="{_path(x, y)}"/>']
    for i, place in enumerate(series.places):
        line = lines[place]
        words = f"{math.exp(float(logs[i])):.4g}x at {line.commit[:12]} {line.subject}"[:120]
        found.append(f'<circle cx="{x[i]:.1f}" cy="{y[i]:.1f}" r="2"><title>{_text(words)}</title></circle>')
    return found


def _band(x: Any, y: Any) -> list[str]:
    """A pixel a column: what a screen can show of many thousand points."""
    columns = np.floor(x).astype(int)
    starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    at = columns[starts].astype(float)
    least, most = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    middle = [float(np.median(part)) for part in np.split(y, starts[1:])]
    edges = " ".join(f"{a:.0f},{b:.1f}" for a, b in [*zip(at, least), *reversed(list(zip(at, most)))])
    return [f'<polygon class="band" points="{edges}"/>', f'<path class="line" d="{_path(at, middle)}"/>']


def _path(x: Any, y: Any) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y))


def _mark(mark: Mark, x: float) -> str:
    word = "slower" if mark.ratio > 1 else "faster"
    label = f"{100 * (mark.ratio - 1):+.1f} %"
    side = "end" if x > WIDTH * 0.9 else ""
    gap = -4 if side else 4
    return (
        f'<a href="#at-{_text(mark.at[:12])}"><path class="{word}" d="M{x:.1f} {TOP - 6}V{HEIGHT - BOTTOM}"/>'
        f'<text x="{x + gap:.1f}" y="{TOP - 2}" class="{word} {side}">{_text(label)}</text></a>'
    )


def _text(words: str) -> str:
    from markupsafe import escape

    return str(escape("".join(c if c.isprintable() else "\ufffd" for c in words)))


def badge(lines: Sequence[Line]) -> bytes:
    """What the last commits did, in a word: for a README."""
    recent = {line.commit for line in lines[-BADGE_COMMITS:]}
    marks = [mark for line in lines for mark in line.marks if mark.at in recent]
    slower = len({mark.case for mark in marks if mark.ratio > 1})
    faster = len({mark.case for mark in marks if mark.ratio < 1})
    if not any(line.anchors for line in lines):
        words, color = "not measured", "#5f6773"
    elif slower:
        words, color = f"{slower} slower", "#a3262b"
    elif faster:
        words, color = f"{faster} faster", "#0b6b50"
    else:
        words, color = "steady", "#0072b2"
    left, right = 86, 14 + 7 * len(words)
    text = f"performance: {words} in the last {min(len(lines), BADGE_COMMITS)} commits"
    style = 'fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img">'
        f"<title>{text}</title><rect width=\"{left}\" height=\"20\" fill=\"#444\"/>"
        f'<rect x="{left}" width="{right}" height="20" fill="{color}"/><g {style}>'
        f'<text x="{left / 2}" y="14">performance</text>'
        f'<text x="{left + right / 2}" y="14">{words}</text></g></svg>\n'
    ).encode()
