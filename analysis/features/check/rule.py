"""The rule of the verdict: pure functions from the paired times of two builds to probabilities.

x_i and y_i are the natural logarithms of base's and head's time in round i; the two were neighbours in time
and in random order, so that under the null hypothesis an exchange within a round changes nothing. All p
are one-sided, exact or conservative at every sample size, and deterministic: the seed of the random exchanges
is a parameter. docs/ci.md says where the constants come from and what they were measured to do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Sequence

import numpy as np
import numpy.typing as npt

from ...statistics import stats

LOOKS = (15, 30, 45, 60)  # rounds after which the data are looked at
WEIGHTS = (0.1, 0.2, 0.3, 0.4)  # the share of the error that each look may spend
MARGIN = math.log(1.01)  # a change up to this size is none
EQUIVALENCE = math.log(1.03)  # `same`: the change is shown to be smaller than this
STOP_LOCATION, STOP_MODE, STOP_SAME = 0.15, 0.10, 0.10
SUSPICION = 0.5  # a case that is shown to change by less than 3 % goes on while 1 % is as likely as this
FALSE_DISCOVERIES, FALSE_MODES = 0.15, 0.10  # Benjamini and Hochberg's q, over the cases of a suite
LEAST_ROUNDS = 8  # of a look, where the time allows no more
CONFIRMATION_ROUNDS, CONFIRMATION = 60, 0.05
EXCHANGES = 9_999  # random exchanges of a permutation test
ENOUGH = 200  # of them have reached the statistic: p is large, and known well enough
_AT_ONCE = 1_000
SLOW = math.log(1.25)  # a round is slow beyond this above the tenth percentile of both arms together
LEAST_MODE_SHIFT = 0.10  # of the rounds: a smaller excess of slow rounds is not judged
MOST_MODE_SHIFT = 0.20  # `same`: an excess of slow rounds above this is excluded

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """What one look at a case's rounds says. Each p is that of the alternative which the field names."""

    rounds: int
    weight: float
    slower: float  # head's location is above 1.01 base
    faster: float
    mode_slower: float  # head is in a slow mode more often
    mode_faster: float
    same: bool


def look_at(base: Sequence[float], head: Sequence[float], weight: float, seed: int = 1) -> Look:
    """Judges the paired logarithms of times so far. Raises ValueError where they are not pairs."""
    look = compare(base, head, weight, seed)
    x, y = _pair(base, head)
    _, _, fewer, more = mode_test(x, y)
    same = (
        look.mode_slower > STOP_MODE
        and look.mode_faster > STOP_MODE
        and mode_shift_bound(fewer, more, x.size) <= MOST_MODE_SHIFT
        and _median_may_be_same(y - x)
        and permutation_p(x, y + EQUIVALENCE, seed) <= STOP_SAME * weight
        and permutation_p(y, x + EQUIVALENCE, seed) <= STOP_SAME * weight
    )
    return replace(look, same=same)


def compare(base: Sequence[float], head: Sequence[float], weight: float, seed: int = 1) -> Look:
    """As look_at, without asking whether they are the same."""
    x, y = _pair(base, head)
    mode_slower, mode_faster, _, _ = mode_test(x, y)
    return Look(
        rounds=x.size,
        weight=weight,
        slower=location_p(x, y, MARGIN, seed),
        faster=location_p(y, x, MARGIN, seed),
        mode_slower=mode_slower,
        mode_faster=mode_faster,
        same=False,
    )


def _pair(base: Sequence[float], head: Sequence[float]) -> tuple[Vector, Vector]:
    x, y = np.asarray(base, float), np.asarray(head, float)
    if x.shape != y.shape or x.ndim != 1 or x.size == 0:
        raise ValueError("base and head must be equally many rounds, at least one")
    return x, y


def location_p(x: Vector, y: Vector, margin: float, seed: int) -> float:
    """That y lies above x by more than `margin`: the floor of the times, or the bulk of the pairs."""
    return min(1.0, 2 * min(permutation_p(x, y - margin, seed), wilcoxon_p(y - x - margin)))


def lowest_quarter(values: Vector) -> Vector:
    """Mean of the floor(n/4) smallest values along the last axis, at least of one: there is least noise."""
    count = max(1, values.shape[-1] // 4)
    parted: Vector = np.partition(values, count - 1, axis=-1)[..., :count]
    return np.asarray(parted.mean(axis=-1))


def permutation_p(x: Vector, y: Vector, seed: int) -> float:
    """Of T = L(y) - L(x), L the lowest quarter, against exchanges of x_i and y_i, each with probability 1/2.

    Where there are no more than EXCHANGES of them all are gone through, and p is exact. Otherwise random ones
    are drawn, p = (1 + how many reached T) / (EXCHANGES + 1), or only until T was reached ENOUGH times.

    Source of the early end, which leaves p valid: J. Besag and P. Clifford, "Sequential Monte Carlo
    p-values", Biometrika 78 (1991) 301-304.
    """
    n = x.size
    observed = float(lowest_quarter(y) - lowest_quarter(x)) - 1e-12  # the order of a sum is not a difference
    if 2**n <= EXCHANGES + 1:
        return float(np.mean(_reached(x, y, _all_exchanges(n), observed)))
    exchanges, reached = _random_exchanges(n, seed), 0
    for first in range(0, EXCHANGES, _AT_ONCE):
        hits = np.flatnonzero(_reached(x, y, exchanges[first:first + _AT_ONCE], observed))
        if reached + hits.size >= ENOUGH:
            return ENOUGH / (first + int(hits[ENOUGH - reached - 1]) + 1)
        reached += hits.size
    return (1 + reached) / (EXCHANGES + 1)


def _reached(
    x: Vector, y: Vector, exchange: npt.NDArray[np.bool_], observed: float
) -> npt.NDArray[np.bool_]:
    drawn = lowest_quarter(np.where(exchange, x, y)) - lowest_quarter(np.where(exchange, y, x))
    reached: npt.NDArray[np.bool_] = drawn >= observed
    return reached


@lru_cache(maxsize=4)
def _all_exchanges(n: int) -> npt.NDArray[np.bool_]:
    numbers = np.arange(2**n)[:, np.newaxis]
    bits: npt.NDArray[np.bool_] = (numbers >> np.arange(n) & 1).astype(bool)
    return bits


@lru_cache(maxsize=8)
def _random_exchanges(n: int, seed: int) -> npt.NDArray[np.bool_]:
    return np.random.default_rng([n, seed]).integers(0, 2, (EXCHANGES, n), dtype=np.int8).astype(bool)


def wilcoxon_p(differences: Vector) -> float:
    """Exact one-sided p of the signed-rank test that the differences lie above 0. Zeros are left out.

    Tied sizes share their mean rank, and the distribution is that of the ranks as they are: it stays exact.
    """
    from scipy.stats import rankdata

    values = differences[differences != 0]
    if values.size == 0:
        return 1.0
    doubled = np.rint(2 * rankdata(np.abs(values))).astype(int)  # mean ranks are multiples of 1/2
    observed = int(doubled[values > 0].sum())
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1.0
    for rank in doubled:  # each sign is a fair coin
        shifted = np.zeros_like(ways)
        shifted[rank:] = ways[: ways.size - rank]
        ways = (ways + shifted) / 2
    return min(1.0, float(ways[observed:].sum()))


def mode_test(x: Vector, y: Vector) -> tuple[float, float, int, int]:
    """p that y is slow more often, p that x is; and in how many rounds only x, and only y, was slow.

    What counts as slow is cut at a percentile of both arms together, which an exchange within a round leaves
    as it is: so the rounds in which only one of the two is slow are tosses of a fair coin if nothing differs.
    Cut at its own percentile, an arm with a fast mode in a tenth of its rounds would be called slow in all of
    the others, against an arm that has it in a few rounds less.

    Sources: Q. McNemar, Psychometrika 12 (1947) 153-157, for pairs; G. W. Brown and A. M. Mood, Proc. 2nd
    Berkeley Symposium (1951) 159-166, for a cut common to all groups.
    """
    limit = np.quantile(np.concatenate([x, y]), 0.1) + SLOW
    slow_x, slow_y = x > limit, y > limit
    only_x = int(np.count_nonzero(slow_x & ~slow_y))
    only_y = int(np.count_nonzero(slow_y & ~slow_x))
    return _mode_p(only_y, only_x, x.size), _mode_p(only_x, only_y, x.size), only_x, only_y


def _mode_p(more: int, fewer: int, rounds: int) -> float:
    if more - fewer < LEAST_MODE_SHIFT * rounds:
        return 1.0
    return binomial_tail(more + fewer, more)


def binomial_tail(n: int, k: int) -> float:
    """P(X >= k) of X ~ Binomial(n, 1/2)."""
    return float(sum(math.comb(n, i) for i in range(k, n + 1)) / 2**n)


def mode_shift_bound(only_x: int, only_y: int, rounds: int) -> float:
    """Upper 95 % bound of the excess of slow rounds, as a share of all (Agresti and Min's, for pairs)."""
    shift = only_y - only_x
    spread = math.sqrt(only_x + only_y + 1 - shift**2 / (rounds + 2))
    return (abs(shift) + 1.645 * spread) / (rounds + 2)


def _median_may_be_same(differences: Vector) -> bool:
    interval = stats.median_interval(differences.tolist(), 0.80)
    if interval.low is None or interval.high is None:
        return False
    return interval.low <= EQUIVALENCE and interval.high >= -EQUIVALENCE


def spent(looks: Sequence[Look], alternative: str) -> float:
    """p over all looks so far: the least of p / weight. A union bound, so valid wherever the looks end."""
    return min([1.0, *(float(getattr(look, alternative)) / look.weight for look in looks)])


def confirms(again: Look, signals: Sequence[str]) -> bool:
    """Whether the second run shows one of the signals again. Fewer rounds have to show it more clearly."""
    limit = CONFIRMATION * min(1.0, again.rounds / CONFIRMATION_ROUNDS)
    return any(getattr(again, signal) <= limit for signal in signals)


def has_stopped(looks: Sequence[Look], cases: int) -> bool:
    """Whether a case needs no more rounds: shown to differ, or to be the same."""
    if not looks:
        return False
    located = min(spent(looks, "slower"), spent(looks, "faster"))
    mode = min(spent(looks, "mode_slower"), spent(looks, "mode_faster"))
    is_same = looks[-1].same and located > SUSPICION
    return is_same or located <= STOP_LOCATION / cases or mode <= STOP_MODE / cases


def discoveries(p_values: Sequence[float], q: float) -> list[bool]:
    """Which hypotheses Benjamini and Hochberg's procedure rejects at a false discovery rate of q.

    Source: Journal of the Royal Statistical Society B 57 (1995) 289-300.
    """
    m = len(p_values)
    ordered = sorted(p_values)
    below = [p for rank, p in enumerate(ordered, 1) if p <= q * rank / m]
    return [bool(below) and p <= below[-1] for p in p_values]
