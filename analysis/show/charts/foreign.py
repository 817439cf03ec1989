"""Charts of another program's times: each benchmark's samples, and times against an argument. No speed-up:
without paired baselines there is none."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any, Iterator, Sequence

from .. import units
from . import dots, frame, labels, linechart, scales, style, text
from ...files.foreign import Benchmark, ForeignFile
from ...statistics.stats import Estimate, median_interval

_ROW = 0.235  # inches
_MOST_ROWS = 60
_LEAST_ARGUMENTS = 3


def draw(file: ForeignFile) -> Iterator[tuple[str, str, list[tuple[str, Any]]]]:
    """For each chart: its name, what it needs, and its figures."""
    yield "times", "at least one measured row", [("times", _times(file))]
    families: dict[str, list[Benchmark]] = defaultdict(list)
    for one in file.benchmarks:
        if one.argument:
            families[one.family].append(one)
    swept = {name: members for name, members in families.items() if len(members) >= _LEAST_ARGUMENTS}
    needs = f"one benchmark with at least {_LEAST_ARGUMENTS} values of an argument, as in BM_sort/64"
    yield "arguments", needs, [("arguments", _arguments(file, swept))] if swept else []


def _median(one: Benchmark) -> Estimate:
    """Of an iteration's times, in ns."""
    return median_interval([math.log(time) for time in one.times_ns]).exp()


def _title(file: ForeignFile) -> str:
    return f"{file.path.name}: times of {units.count(len(file.benchmarks), 'benchmark')}"


def _footer(file: ForeignFile) -> str:
    cores = units.count(file.cores, "core") if file.cores else ""
    return style.join([file.host, cores, file.date[:10], "Google Benchmark"])


def _times(file: ForeignFile) -> Any:
    shown = file.benchmarks[:_MOST_ROWS][::-1]
    names = dots.names([one.name for one in shown], 300)
    columns = [("", [units.time(_median(one).value) for one in shown])]
    hidden = len(file.benchmarks) - len(shown)
    figure, (ax,) = frame.make_with_footer(
        _title(file),
        "Every repetition as a dot; bar: median and its 95 % interval (from 6 repetitions on)."
        + (f" The first {_MOST_ROWS}; {hidden} more in the file." if hidden else "")
        + (f" {file.not_shown()}." if file.left_out else ""),
        _footer(file),
        [_ROW * (len(shown) + 0.6)],
        dots.margins(names, columns),
    )
    every = [time for one in shown for time in one.times_ns]
    scales.time_range_axis(ax, "x", min(every), max(every))
    ax.set(xlabel="time of an iteration")
    dots.write(ax, names, columns)
    for y, one in enumerate(shown):
        dots.spread(ax, y, one.times_ns, one.name, {"color": style.PALETTE[0], "alpha": 0.4}, 0.0)
        dots.median(ax, y, _median(one), style.PALETTE[0], 0.34)
    return figure


def _arguments(file: ForeignFile, families: dict[str, list[Benchmark]]) -> Any:
    lines = [
        _Line(name, members, number) for number, (name, members) in enumerate(sorted(families.items())[:12])
    ]
    ends = [line.end() for line in lines]
    hidden = len(families) - len(lines)
    figure, (ax,) = frame.make_with_footer(
        _title(file),
        "Time against the last number of the name: median, 95 % interval (from 6 repetitions on)."
        + (f" The first 12 families; {hidden} more in the file." if hidden else ""),
        _footer(file),
        [max(3.4, labels.height(len(lines)) / 72)],
        frame.Margins(left=0.95, right=labels.room(ends) / 72, top=0.24),
    )
    every = [value for line in lines for _, value in line.points]
    scales.time_range_axis(ax, "y", min(every), max(every))
    scales.counts_axis(ax, [x for line in lines for x, _ in line.points])
    ax.set(xlabel="argument", ylabel="time of an iteration")
    for line in lines:
        ax.plot(*zip(*line.points), label=style.plain(line.name), **line.look)
        linechart.bars(ax, line.estimates, line.color)
    labels.draw(ax, ends)
    return figure


class _Line:
    """One family: its median times in the order of its arguments."""

    def __init__(self, name: str, members: Sequence[Benchmark], number: int) -> None:
        self.name = name
        self.estimates = sorted(
            ((one.argument or 0.0, _median(one)) for one in members), key=lambda pair: pair[0]
        )
        self.points = [(x, estimate.value) for x, estimate in self.estimates]
        self.color = style.PALETTE[number]
        self.look = {"color": self.color, "marker": style.MARKERS[number], "markersize": 5, "linewidth": 1.5}

    def end(self) -> labels.EndLabel:
        x, value = self.points[-1]
        name = text.shorten(style.plain(self.name), labels.SIZE, 190)
        return labels.EndLabel(x, value, name, units.time(value), self.look)
