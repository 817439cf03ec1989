"""Speed-up against nodes: what further hosts gain, with as many workers as they have slots."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Sequence

from .. import units
from . import families, findings, linechart, scales, style
from .linechart import LineChart, Panel, Series
from ..naming import shape_text
from ...statistics.stats import CaseEstimate, Evaluation

NEEDS = "one shape measured on at least two numbers of hosts (breakeven run hosts --hosts FILE)"


def draw(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """One figure a shape."""
    look = style.Look.of(evaluation)
    found = families.with_speedup(evaluation)
    drawn = []
    for _, members in families.grouped(found, lambda case: families.fixed(case, "workers")):
        if lines := _lines(members, look):
            drawn.append((_name(members[0]), linechart.draw(_chart(evaluation, members[0], lines))))
    return drawn


def _lines(members: Sequence[CaseEstimate], look: style.Look) -> tuple[Series, ...]:
    """A line for each way that was measured on several numbers of hosts; of two with one number the more
    workers.
    """
    ways: dict[tuple[object, ...], dict[int, CaseEstimate]] = defaultdict(dict)
    for one in members:
        case = one.case
        if one.role != "case":
            continue
        way = ways[case.backend, case.dispatch, case.chunk, case.pool, one.build]
        if case.nodes not in way or case.workers > way[case.nodes].case.workers:
            way[case.nodes] = one
    lines = []
    for way in ways.values():
        if len(way) < 2:
            continue
        first = way[min(way)]
        points = tuple((float(n), way[n].speedup) for n in sorted(way))
        known = tuple((x, speedup) for x, speedup in points if speedup is not None)
        lines.append(Series(look.naming.label(first), known, look.line(first), families.last_note(known, ())))
    return tuple(lines)


def _chart(evaluation: Evaluation, one: CaseEstimate, lines: tuple[Series, ...]) -> LineChart:
    link = evaluation.results.context.link
    over = f" over {link}" if link else ""
    return LineChart(
        title=shape_text(one.case),
        subtitle=f"Speed-up over {one.baseline} against hosts{over}, with all their slots: median, 95 % "
        "interval.",
        context=evaluation.results.context,
        x_label="nodes",
        x_axis=scales.workers_axis,
        panels=(Panel(lines),),
        finding=findings.fastest_at_the_end(lines, lambda n: f"on {units.count(int(n), 'node')}"),
    )


def _name(one: CaseEstimate) -> str:
    case = one.case
    return families.slug("hosts", *families.shape_words(case), families.payload_word(case))
