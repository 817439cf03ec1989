"""Axes: ratios on a logarithm, workers on a logarithm of 2, bytes with a place for 0, times; units."""

from __future__ import annotations

import math
from typing import Any, Callable, Iterable, Sequence

from .. import units
from . import text
from .style import TICK_SIZE
from ...statistics.stats import Estimate


def ratio_range(estimates: Iterable[Estimate]) -> tuple[float, float]:
    """Holds 1, every value, and its interval where that is within a factor 2 of the value; with a margin."""
    low, high = 1.0, 1.0
    for e in estimates:
        low = min(low, max(e.low or e.value, e.value / 2))
        high = max(high, min(e.high or e.value, e.value * 2))
    pad = max(1.03, (high / low) ** 0.055)
    return low / pad, high * pad


def ratio_axis(axes: Any, which: str, low: float, high: float) -> None:
    """Makes axis `which` (x or y) a logarithm of ratios from `low` to `high`: 0.5×, 1×, 2×."""
    axes.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    ticks = ratio_ticks(low, high)
    if which == "x":
        _ticks(axes.xaxis, _thinned(axes, ticks, ratio_label), ratio_label)
    else:
        _ticks(axes.yaxis, ticks, ratio_label)


def ratio_ticks(low: float, high: float) -> list[float]:
    """At most some nine round values within [low, high]: even steps where the span is small, else powers."""
    span = high / low
    if span <= 3:
        step = _nice_step((high - low) / 6)
        return [round(i * step, 10) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
    finest = 0 if low > 0.5 else 1 if low > 1 / 16 else 2  # nobody reads 0.375 or 0.00390625
    for base, factors in _STEPS[finest:]:
        ticks = _powers(base, factors, low, high)
        if len(ticks) <= 9:
            return ticks
    return ticks[::len(ticks) // 5]


_STEPS: Sequence[tuple[float, Sequence[float]]] = (
    (2, (1, 1.5)), (2, (1,)), (10, (1, 2, 5)), (10, (1, 3)), (10, (1,)), (100, (1,)), (1e4, (1,)),
)


def _powers(base: float, factors: Sequence[float], low: float, high: float) -> list[float]:
    first, last = math.floor(math.log(low, base)) - 1, math.ceil(math.log(high, base)) + 1
    values = [float(f"{factor * base**i:.12g}") for i in range(first, last + 1) for factor in factors]
    return [value for value in values if low <= value <= high]


def _nice_step(least: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= least * 0.999)


def named_ticks(axes: Any, which: str, names: Sequence[str]) -> None:
    """One tick for each name, at 0, 1, 2, …"""
    _ticks(axes.xaxis if which == "x" else axes.yaxis, range(len(names)), names.__getitem__)


def number_axis(axes: Any, values: Iterable[float]) -> None:
    """Even steps, with a tick at each measured value, as many as there is room for."""
    ordered = sorted(set(values))
    pad = 0.05 * (ordered[-1] - ordered[0])
    axes.set_xlim(ordered[0] - pad, ordered[-1] + pad)
    _ticks(axes.xaxis, _thinned(axes, ordered, _number), _number)


def _number(value: float) -> str:
    return f"{value:g}"


def _log_limits(axes: Any, ordered: Sequence[float]) -> None:
    """From the least to the greatest of a logarithmic axis, with a margin, also where they are one."""
    pad = max(1.05, (ordered[-1] / ordered[0]) ** 0.05)
    axes.set_xlim(ordered[0] / pad, ordered[-1] * pad)


def multiples_axis(axes: Any, values: Iterable[float]) -> None:
    """A logarithm of 2 over multiples of something: 1×, 2×."""
    ordered = sorted(set(values))
    axes.set_xscale("log", base=2)
    _log_limits(axes, ordered)
    _ticks(axes.xaxis, _thinned(axes, ordered, ratio_label), ratio_label)


def workers_axis(axes: Any, workers: Iterable[int]) -> None:
    """A logarithm of 2 with a tick at each measured count, as many as there is room for."""
    counts = sorted(set(workers))
    axes.set_xscale("log", base=2)
    _log_limits(axes, counts)
    _ticks(axes.xaxis, _thinned(axes, counts, str), str)


def bytes_axis(axes: Any, sizes: Iterable[int]) -> None:
    """A logarithm of 2; 0 has a place of its own, one step left of the smallest size."""
    values = sorted(set(sizes))
    above = [value for value in values if value > 0]
    steps = [math.log2(b / a) for a, b in zip(above, above[1:])]
    step = min(max(sorted(steps)[len(steps) // 2], 1.0), 8.0) if steps else 2.0
    zero = 0.7 * step  # from 0 to the smallest size, in doublings
    pad = 2 ** (0.05 * (math.log2(above[-1] / above[0]) + zero))
    if values[0] == 0:
        linscale = zero / 2  # matplotlib doubles it for base 2
        axes.set_xscale("symlog", base=2, linthresh=above[0], linscale=linscale)
        axes.set_xlim(-above[0] * math.log2(pad) / zero, above[-1] * pad)
    else:
        axes.set_xscale("log", base=2)
        axes.set_xlim(above[0] / pad, above[-1] * pad)
    _ticks(axes.xaxis, _thinned(axes, values, units.size), units.size)


def time_axis(axes: Any, times_ns: Iterable[float]) -> None:
    """A logarithm of 10 over times in ns, with a tick at each measured one."""
    values = sorted(set(times_ns))
    axes.set_xscale("log", base=10)
    _log_limits(axes, values)
    _ticks(axes.xaxis, _thinned(axes, values, units.round_time), units.round_time)


def time_range_axis(axes: Any, which: str, low: float, high: float) -> None:
    """A logarithm of 10 over times in ns that holds both, with a margin and with ticks at round times."""
    pad = max(1.1, (high / low) ** 0.06)
    axes.set(**{f"{which}scale": "log", f"{which}lim": (low / pad, high * pad)})
    for factors in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1,)):
        ticks = _powers(10, factors, low / pad, high * pad)
        if len(ticks) <= 9:
            break
    ticks = ticks[:: -(-len(ticks) // 9)] if ticks else [low]
    shown = _thinned(axes, ticks, units.short_time) if which == "x" else ticks
    _ticks(axes.xaxis if which == "x" else axes.yaxis, shown, units.short_time)


def counts_axis(axes: Any, values: Iterable[float]) -> None:
    """A logarithm of 2 over whole numbers, with a tick at each that there is room for."""
    ordered = sorted(set(values))
    axes.set_xscale("log", base=2)
    _log_limits(axes, ordered)
    _ticks(axes.xaxis, _thinned(axes, ordered, _whole), _whole)


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def duration_axis(axes: Any, low: float, high: float) -> None:
    """A logarithm of 10 over times in ns, from picoseconds on, with ticks at powers of 10."""
    axes.set(xscale="log", xlim=(low, high))
    ticks = [10.0**p for p in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high)) + 1)]
    _ticks(axes.xaxis, _thinned(axes, ticks, units.short_time), units.short_time)


def size_axis(axes: Any, most: float) -> None:
    """Bytes from 0, with ticks at some five multiples of a power of 2."""
    step = 2.0 ** math.ceil(math.log2(most / 5))
    axes.set(xlim=(0, 1.05 * most))
    ticks = [step * i for i in range(math.floor(1.05 * most / step) + 1)]
    _ticks(axes.xaxis, _thinned(axes, ticks, units.size), units.size)


def ratio_label(value: float) -> str:
    return f"{value:g}×"


def _thinned(axes: Any, values: Sequence[Any], label: Callable[[Any], str]) -> list[Any]:
    """Those values whose labels do not touch, from the right; the last one always."""
    per_point = axes.figure.dpi / 72
    kept: list[Any] = []
    free = math.inf  # everything left of here
    for value in reversed(values):
        x = float(axes.transData.transform((value, 1.0))[0]) / per_point
        half = text.width(label(value), TICK_SIZE) / 2
        if x + half <= free:
            kept.append(value)
            free = x - half - 5
    return kept[::-1]


def _ticks(axis: Any, values: Sequence[Any], label: Callable[[Any], str]) -> None:
    axis.set_ticks(list(values), labels=[label(value) for value in values])
    axis.set_ticks([], minor=True)
