"""The statistics: an exact interval of a median, paired speed-ups, share of the ceiling, break-even points.

Everything is computed on natural logarithms of times, since what is compared are ratios. Samples are paired
when they share block, round and build: neighbours in time share the state of the machine.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from statistics import NormalDist, fmean, median
from typing import Iterable, Mapping, Sequence

from ..files.results import Case, Mode, Results, Sample

CONFIDENCE = 0.95
ROUNDS_OF_AN_INTERVAL = 6  # the least that have a sign interval of 95 %


@dataclass(frozen=True)
class Estimate:
    """A median with its interval; `low` and `high` are None where there are too few samples for one."""

    value: float
    low: float | None
    high: float | None
    count: int

    def exp(self) -> Estimate:
        low = None if self.low is None else math.exp(self.low)
        high = None if self.high is None else math.exp(self.high)
        return Estimate(math.exp(self.value), low, high, self.count)

    def divided(self, by: float) -> Estimate:
        low = None if self.low is None else self.low / by
        high = None if self.high is None else self.high / by
        return Estimate(self.value / by, low, high, self.count)


@dataclass(frozen=True)
class CaseEstimate:
    """What all samples of one case of one build say. Ratios are None where no pair of samples exists."""

    case: Case
    role: str
    block: str
    build: str
    baseline: str
    time_ns: Estimate  # of one run of the job
    speedup: Estimate | None  # over the baseline
    ceiling_share: Estimate | None  # 1: all that the machine can give

    @property
    def efficiency(self) -> Estimate | None:
        return None if self.speedup is None else self.speedup.divided(self.case.workers)


Rounds = Mapping[int, float]  # round -> mean logarithm of the times
_Group = tuple[str, str, str, Case]  # role, block, build, case


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A result file with an estimate of every case, in the order of their first samples."""

    results: Results
    estimates: tuple[CaseEstimate, ...]
    groups: Mapping[_Group, Sequence[Sample]]

    def samples(self, estimate: CaseEstimate) -> Sequence[Sample]:
        """Those that are ok, in the order of the file."""
        return self.groups[estimate.role, estimate.block, estimate.build, estimate.case]

    def paired_speedups(self, estimate: CaseEstimate) -> list[float]:
        """In the order of the rounds: baseline / case, of which `estimate.speedup` is the median."""
        own = self.rounds(estimate)
        block = "baseline", estimate.block, estimate.build
        bases = [
            sample for (*key, case), members in self.groups.items()
            if tuple(key) == block and case.backend == estimate.baseline for sample in members
        ]
        gains = difference(by_round(bases), own)
        return [math.exp(gains[number]) for number in sorted(gains)]

    def rounds(self, estimate: CaseEstimate) -> Rounds:
        """The case's times by round, so that cases of one block can be compared with each other, paired."""
        return by_round(self.samples(estimate))

    def modes(self, estimate: CaseEstimate) -> tuple[Mode, ...]:
        """What a case gains in each mode of the machine, where that is not the same; else empty."""
        of_case = self._modes.get(self.samples(estimate)[0].name, ()) if self._modes else ()
        return tuple(mode for mode in of_case if mode.build in ("", estimate.build))

    @cached_property
    def _modes(self) -> Mapping[str, tuple[Mode, ...]]:
        return {end.name: end.modes for end in self.results.context.ends if end.modes}

    def of_role(self, role: str) -> tuple[CaseEstimate, ...]:
        return tuple(e for e in self.estimates if e.role == role)


@lru_cache(maxsize=1024)
def interval_rank(count: int, confidence: float) -> tuple[int, float]:
    """k and lambda of the interpolated sign interval of `count` values; k = 0: no interval exists.

    The interval lies between the order statistics k and k + 1 from either end, lambda of the way inwards.
    B is the distribution function of Binomial(count, 1/2); k is the largest with B(k - 1) <= alpha / 2.

    Source: T. P. Hettmansperger and S. J. Sheather, "Confidence intervals based on interpolated order
    statistics", Statistics & Probability Letters 4 (1986) 75-79.
    """
    tail, k, below, at = (1 - confidence) / 2, 0, 0.0, 0.0
    while k < count:
        at = below + math.exp(_log_choose(count, k) - count * math.log(2))  # B(k); below is B(k - 1)
        if at > tail:
            break
        below, k = at, k + 1
    if k == 0:
        return 0, 0.0
    outer, inner = 1 - 2 * below, 1 - 2 * at
    share = (outer - confidence) / (outer - inner)
    return k, (count - k) * share / (k + (count - 2 * k) * share)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """The median with its interpolated sign interval: exact at every n, and no symmetry is assumed.

    Source: Hettmansperger and Sheather (1986), see interval_rank. Raises ValueError on no values.
    """
    if not values:
        raise ValueError("the median of no values")
    ordered = sorted(values)
    n = len(ordered)
    k, share = interval_rank(n, confidence)
    if k == 0:
        return Estimate(median(ordered), None, None, n)
    low = (1 - share) * ordered[k - 1] + share * ordered[k]
    high = (1 - share) * ordered[n - k] + share * ordered[n - k - 1]
    return Estimate(median(ordered), low, high, n)


def paired_ratio(
    numerator: Mapping[int, float], denominator: Mapping[int, float], confidence: float = CONFIDENCE
) -> Estimate | None:
    """exp of the median of ln(numerator_i / denominator_i) over the rounds that both have; None without any.

    Both map a round to the mean *logarithm* of its times, so that the two baselines of a block enter with
    their geometric mean.
    """
    logs = [numerator[i] - denominator[i] for i in numerator.keys() & denominator.keys()]
    return median_interval(logs, confidence).exp() if logs else None


def evaluate(results: Results, confidence: float = CONFIDENCE) -> Evaluation:
    """An estimate of every case of every build; samples that are not ok are left out."""
    samples: dict[_Group, list[Sample]] = defaultdict(list)
    for sample in results.samples:
        if sample.ok:
            samples[sample.role, sample.block, sample.build, sample.case].append(sample)
    yardsticks: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for (role, block, build, _), members in samples.items():
        yardsticks[block, build] += members if role != "case" else []
    blocks = {key: _Block(members) for key, members in yardsticks.items()}
    return Evaluation(
        results,
        tuple(
            blocks[block, build].estimate(role, block, build, case, members, confidence)
            for (role, block, build, case), members in samples.items()
        ),
        samples,
    )


class _Block:
    """The yardsticks of one block and build: its base cases by backend, its ceilings by worker count."""

    def __init__(self, yardsticks: Iterable[Sample]) -> None:
        bases: dict[str, list[Sample]] = defaultdict(list)
        ceilings: dict[int, list[Sample]] = defaultdict(list)
        for sample in yardsticks:
            if sample.role == "baseline":
                bases[sample.case.backend].append(sample)
            else:
                ceilings[sample.case.workers].append(sample)
        self.bases = {backend: by_round(members) for backend, members in bases.items()}
        self.ceilings = {
            workers: (members[0].baseline, by_round(members)) for workers, members in ceilings.items()
        }

    def estimate(
        self, role: str, block: str, build: str, case: Case, members: Sequence[Sample], confidence: float
    ) -> CaseEstimate:
        baseline = members[0].baseline
        own = by_round(members)
        times = [math.log(sample.real_time_ns) for sample in members]
        return CaseEstimate(
            case=case,
            role=role,
            block=block,
            build=build,
            baseline=baseline,
            time_ns=median_interval(times, confidence).exp(),
            speedup=paired_ratio(self.bases.get(baseline, {}), own, confidence),
            ceiling_share=self._ceiling_share(case.workers, baseline, own, confidence),
        )

    def _ceiling_share(self, workers: int, baseline: str, own: Rounds, confidence: float) -> Estimate | None:
        """ceiling_i / case_i; where the two have different baselines, the ratio of their speed-ups."""
        base, ceiling = self.ceilings.get(workers, ("", {}))
        if base == baseline:
            return paired_ratio(ceiling, own, confidence)
        own_gain = difference(self.bases.get(baseline, {}), own)
        ceiling_gain = difference(self.bases.get(base, {}), ceiling)
        return paired_ratio(own_gain, ceiling_gain, confidence)


def by_round(members: Iterable[Sample]) -> Rounds:
    """The times of one case, to be paired; a baseline's two samples of a round enter with their mean."""
    logs: dict[int, list[float]] = defaultdict(list)
    for sample in members:
        logs[sample.round].append(math.log(sample.real_time_ns))
    return {number: fmean(values) for number, values in logs.items()}


def difference(left: Rounds, right: Rounds) -> Rounds:
    """Of the rounds that both have: the logarithm of a ratio, which may be paired once more."""
    return {number: left[number] - right[number] for number in left.keys() & right.keys()}


def shift(
    left: Sequence[float], right: Sequence[float], confidence: float = CONFIDENCE
) -> Estimate | None:
    """How much larger the values of `left` are than those of `right`, without pairs; None without any.

    The median of all differences (Hodges and Lehmann) with the interval of Mann and Whitney's test, its rank
    from the normal approximation, which serves from six values a side on; below that there is no interval.

    Source: L. E. Moses in Walker and Lev, "Statistical Inference" (1953), ch. 18; Hollander and Wolfe,
    "Nonparametric Statistical Methods", section 4.3.
    """
    if not left or not right:
        return None
    m, n = len(left), len(right)
    differences = sorted(a - b for a in left for b in right)
    if min(m, n) < _LEAST_UNPAIRED:
        return Estimate(median(differences), None, None, min(m, n))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rank = max(1, math.floor(m * n / 2 - z * math.sqrt(m * n * (m + n + 1) / 12)))
    return Estimate(median(differences), differences[rank - 1], differences[-rank], min(m, n))


_LEAST_UNPAIRED = 6


@dataclass(frozen=True)
class Crossing:
    """Where a speed-up crosses 1: `rising` if parallelism pays beyond `x`, else it pays up to there."""

    x: float
    rising: bool


def break_even(points: Sequence[tuple[float, Estimate]]) -> tuple[Crossing, ...]:
    """Where the speed-up crosses 1 along x > 0 (points sorted by x), interpolated in log x and log speed-up.

    A point whose interval holds 1 is undecided and starts no crossing of its own: a line that hovers about 1
    breaks even once, not at every wobble. Of several raw crossings between two decided points the middle
    one is taken.
    """
    decided = [i for i, (_, estimate) in enumerate(points) if _is_decided(estimate)]
    crossings = []
    for first, last in zip(decided, decided[1:]):
        rising = points[last][1].value > 1
        if (points[first][1].value > 1) != rising:
            pairs = zip(points[first:last], points[first + 1:last + 1])
            raw = [x for left, right in pairs if (x := _raw_crossing(left, right)) is not None]
            crossings.append(Crossing(raw[len(raw) // 2], rising))
    return tuple(crossings)


def _is_decided(estimate: Estimate) -> bool:
    if estimate.low is None or estimate.high is None:
        return estimate.value != 1
    return estimate.low > 1 or estimate.high < 1


def _raw_crossing(left: tuple[float, Estimate], right: tuple[float, Estimate]) -> float | None:
    y0, y1 = math.log(left[1].value), math.log(right[1].value)
    if y0 == y1 or (y0 > 0) == (y1 > 0):
        return None
    x0, x1 = math.log(left[0]), math.log(right[0])
    return math.exp(x0 + (x1 - x0) * y0 / (y0 - y1))
