"""Where a series of values changes its level: E-divisive, by its published formula; pure functions.

Source: D. S. Matteson and N. A. James, "A nonparametric approach for multiple change point analysis of
multivariate data", Journal of the American Statistical Association 109 (2014) 334-345: the energy distance of
what lies before and behind a point, with alpha = 1, the largest over all points tested by permutations, and
the two parts searched in their turn. The permutations end as soon as p is certain to be above the level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np
import numpy.typing as npt

WINDOW = 200  # points: older ones are not looked at again
LEAST_SEGMENT = 5  # points on either side of a change
LEVEL = 0.002  # of each test
PERMUTATIONS = 999
_TOO_MANY = int(LEVEL * (PERMUTATIONS + 1))  # permutations that reached the statistic: p is above LEVEL
LEAST_CHANGE = 0.01  # a smaller change of level is none

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """`at`: the first point of the new level; `before`, `after`: the medians of the two levels."""

    at: int
    before: float
    after: float
    p: float


def changes(values: Sequence[float], seed: int = 1) -> list[Change]:
    """Of the last WINDOW values, in their order; values are logarithms, so that a level is a factor."""
    first = max(0, len(values) - WINDOW)
    window = np.asarray(values[first:], float)
    found = dict(_search(window, 0, len(window), np.random.default_rng(seed)))
    borders = [0, *sorted(found), len(window)]
    listed = []
    for left, at, right in zip(borders, borders[1:], borders[2:]):
        before, after = float(np.median(window[left:at])), float(np.median(window[at:right]))
        if abs(after - before) >= LEAST_CHANGE:
            listed.append(Change(first + at, before, after, found[at]))
    return listed


def _search(values: Vector, first: int, last: int, rng: np.random.Generator) -> list[tuple[int, float]]:
    """Change points within values[first:last] and their p."""
    part = values[first:last]
    if part.size < 2 * LEAST_SEGMENT:
        return []
    distances = np.abs(part[:, np.newaxis] - part)
    at, observed = largest(distances)
    p = _p(distances, observed, rng)
    if p > LEVEL:
        return []
    middle = first + at
    return [*_search(values, first, middle, rng), (middle, p), *_search(values, middle, last, rng)]


def largest(distances: Vector) -> tuple[int, float]:
    """The point with the largest energy statistic, and that; `distances`: between all pairs, in order.

    Q(t) = mn / (m + n) * (2 mean(between) - mean(before) - mean(behind)), the means over distinct pairs.
    """
    count = distances.shape[0]
    sums = distances.cumsum(0).cumsum(1)
    points = np.arange(LEAST_SEGMENT, count - LEAST_SEGMENT + 1)
    before = sums[points - 1, points - 1]
    between = sums[points - 1, count - 1] - before
    behind = sums[count - 1, count - 1] - before - 2 * between
    m, n = points.astype(float), (count - points).astype(float)
    energy = 2 * between / (m * n) - before / (m * (m - 1)) - behind / (n * (n - 1))
    statistic = m * n / (m + n) * energy
    best = int(np.argmax(statistic))
    return int(points[best]), float(statistic[best])


def _p(distances: Vector, observed: float, rng: np.random.Generator) -> float:
    reached = 0
    for drawn in range(1, PERMUTATIONS + 1):
        order = rng.permutation(distances.shape[0])
        reached += largest(distances[np.ix_(order, order)])[1] >= observed
        if reached >= _TOO_MANY:
            return (1 + reached) / (drawn + 1)
    return (1 + reached) / (PERMUTATIONS + 1)
