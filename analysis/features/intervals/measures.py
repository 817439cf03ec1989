"""What is counted over comparisons: shares with exact bounds, pull95, widths. Pure functions."""

from __future__ import annotations

import math
from statistics import NormalDist, fmean
from typing import Sequence

from .comparisons import Comparison
from ...statistics.rate import Rate

REPORTED = 0.95  # the level of the interval that Breakeven prints


def coverage(comparisons: Sequence[Comparison], level: float) -> Rate:
    """How many intervals hold their truth; one that does not exist is a miss."""
    return Rate(sum(comparison.covers(level) for comparison in comparisons), len(comparisons))


def pull95(comparisons: Sequence[Comparison]) -> float:
    """The 95th percentile of |estimate - truth| / distance from the estimate to that side's end.

    1 where 95 of 100 intervals hold their truth and are no wider than that takes. Coverage alone is met by
    intervals that are far too wide; this is not (twice as wide: 0.45).
    """
    return quantile([_pull(comparison) for comparison in comparisons], 0.95)


def _pull(comparison: Comparison) -> float:
    interval = comparison.interval(REPORTED)
    if interval.low is None or interval.high is None:
        return math.inf
    error = comparison.truth - interval.value
    room = interval.high - interval.value if error > 0 else interval.value - interval.low
    if error == 0:
        return 0.0
    return abs(error) / room if room > 0 else math.inf


def half_widths(comparisons: Sequence[Comparison]) -> list[float]:
    """Half the width of each 95 % interval, as a fraction; infinite where there is none."""
    intervals = [comparison.interval(REPORTED) for comparison in comparisons]
    return [
        math.inf if i.low is None or i.high is None else math.expm1((i.high - i.low) / 2) for i in intervals
    ]


def quantile(values: Sequence[float], share: float) -> float:
    """Between order statistics, linearly; infinite where one of the two is."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return high if low == high or math.isinf(high) else low + (high - low) * (place - math.floor(place))


def exact_coverage(comparisons: Sequence[Comparison], level: float) -> float:
    """What exact intervals would cover here, since the truth was measured too, with an error of its own.

    A median of m rounds errs by 1 / sqrt(m) where one of n errs by 1 / sqrt(n): their difference is wider
    than the interval of n by sqrt(1 + n / m).
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    return fmean(
        2 * NormalDist().cdf(z / math.sqrt(1 + c.stopped.rounds / c.reference_rounds)) - 1
        for c in comparisons
    )
