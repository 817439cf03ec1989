"""Every comparison of a self-test, stopped where the shipped rule would have stopped it, with its truth."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Sequence

from . import plan, stopping
from .data import BadData, Data, Run, Series
from ...statistics.stats import Estimate, median_interval
from .stopping import Stopped


@dataclass(frozen=True)
class Comparison:
    """One interval and what it should hold. Logarithms of ratios throughout."""

    kind: str
    stopped: Stopped
    truth: float
    reference_rounds: int = 0  # that the truth was taken from; 0: it is known

    @property
    def early(self) -> bool:
        return self.stopped.why == stopping.PRECISION

    def interval(self, level: float) -> Estimate:
        """Without logarithms, when every sample failed: no interval, which is a miss."""
        logs = self.stopped.logs
        return median_interval(logs, level) if logs else Estimate(math.nan, None, None, 0)

    def covers(self, level: float, value: float | None = None) -> bool:
        interval = self.interval(level)
        if interval.low is None or interval.high is None:
            return False
        return interval.low <= (self.truth if value is None else value) <= interval.high


def ratios(over: Series, under: Series, over_build: str, under_build: str) -> list[float | None]:
    """ln(over / under) of the rounds that both series have, None where a sample failed."""
    pairs = zip(over.logs(over_build), under.logs(under_build))
    return [None if left is None or right is None else left - right for left, right in pairs]


def open_comparisons(series: Series) -> list[str]:
    """The builds whose comparison with the first the rule would go on with; for the driver."""
    return [
        build
        for build in (plan.SECOND, plan.PLANTED)
        if _stopped(series, build) is None
    ]


def _stopped(series: Series, build: str) -> Stopped | None:
    logs = ratios(series, series, build, plan.FIRST)
    return stopping.stop(series.starts_s, logs, plan.RULE, series.far)


def between_builds(data: Data, build: str, truth: float) -> list[Comparison]:
    """ln(build / first) of every case of every run."""
    found = []
    for run in data.runs:
        for case in data.cases:
            series = run.series.get(case.name)
            if series is None:  # all its samples failed
                found.append(Comparison(case.kind, Stopped((), 0, stopping.ROUNDS), truth))
                continue
            stopped = _stopped(series, build)
            if stopped is None:
                where = f"run {run.seed}, {case.name}"
                raise BadData(f"{where}: ends after {series.rounds} rounds, where the rule would go on")
            found.append(Comparison(case.kind, stopped, truth))
    return found


def pairs(data: Data) -> list[tuple[str, str, str]]:
    """Different cases, as (over, under, kind): each with its baseline, and each with each other."""
    speedups = [(case.baseline, case.name, case.kind) for case in data.cases]
    return speedups + [
        (left.name, right.name, left.kind if left.kind == right.kind else "mixed")
        for left, right in combinations(data.cases, 2)
    ]


@dataclass(frozen=True)
class Part:
    """Rounds of the reference run that are judged, and those whose median is their truth."""

    judged: Sequence[int]
    truth: Sequence[int]


def random_parts(rounds: int) -> list[Part]:
    """Disjoint subsets, dealt out at random; the truth of each is all the others together.

    They are dealt several times, so that what one deal happens to give weighs less.
    """
    parts = []
    for seed in plan.SUBSET_SEEDS:
        numbers = list(range(rounds))
        random.Random(seed).shuffle(numbers)
        size = plan.RULE.most_rounds
        parts += [
            Part(sorted(numbers[i:i + size]), sorted(numbers[:i] + numbers[i + size:]))
            for i in range(0, rounds - size + 1, size)
            if rounds > size
        ]
    return parts


def consecutive_parts(rounds: int, stride: int) -> list[Part]:
    """Every `stride`-th round of a window of consecutive ones; the truth is all that is outside the window.

    The reference run's rounds are shorter than a run's; the stride makes the judged ones as far apart.
    """
    size = plan.RULE.most_rounds * stride
    return [
        Part(
            range(start + offset, start + size, stride),
            [number for number in range(rounds) if not start <= number < start + size],
        )
        for start in range(0, rounds - size + 1, size)
        for offset in range(stride)
        if rounds > size
    ]


def against_reference(data: Data, parts: Sequence[Part]) -> list[Comparison]:
    """Every pair of different cases on every part, its rounds taken to be as far apart as those of a run.

    Else the rule's least span, which keeps a case from stopping inside one of the machine's modes, would hold
    no subset back: its rounds come from all of a long run.
    """
    series, round_s = data.reference.series, run_pace_ms(data) / 1000
    found = []
    for over, under, kind in pairs(data):
        if over not in series or under not in series:
            continue
        logs = ratios(series[over], series[under], plan.FIRST, plan.FIRST)
        for part in parts:
            if part.judged[-1] >= len(logs):
                continue  # the rounds were cut short for this case
            judged = [logs[i] for i in part.judged]
            stopped = stopping.stop([i * round_s for i in range(len(judged))], judged, plan.RULE)
            truth = [value for i in part.truth if i < len(logs) and (value := logs[i]) is not None]
            if stopped is not None and truth:
                found.append(Comparison(kind, stopped, median(truth), len(truth)))
    return found


def stride(data: Data) -> int:
    """How many rounds of the reference run take as long as one of a run while all its cases are open."""
    reference = _pace(data.reference, plan.reference_rounds(len(plan.SEEDS)))
    return max(1, round(run_pace_ms(data) / reference))


def run_pace_ms(data: Data) -> float:
    """How long a round of a run takes while all its cases are open."""
    return median(_pace(run, plan.RULE.looks()[0]) for run in data.runs)


def _pace(run: Run, rounds: int) -> float:
    """Milliseconds a round, over so many of the first."""
    starts = next(iter(run.series.values())).starts_ms[:rounds]
    return max(1.0, (starts[-1] - starts[0]) / max(1, len(starts) - 1))


def excess_spreads(data: Data) -> list[float]:
    """By pair of different cases: by how much the runs' medians differ more than their intervals say.

    The standard deviation over the runs, without what the intervals explain; 0 where they explain all of it.
    """
    spreads = []
    for over, under, _ in pairs(data):
        estimates = []
        for run in data.runs:
            if over in run.series and under in run.series:
                ratio = ratios(run.series[over], run.series[under], plan.FIRST, plan.FIRST)
                logs = [value for value in ratio if value is not None]
                estimates.append(median_interval(logs) if logs else None)
        whole = [e for e in estimates if e is not None and e.low is not None and e.high is not None]
        if len(whole) >= 2:
            spreads.append(_excess(whole))
    return spreads


def _excess(estimates: Sequence[Estimate]) -> float:
    mean = sum(e.value for e in estimates) / len(estimates)
    variance = sum((e.value - mean) ** 2 for e in estimates) / (len(estimates) - 1)
    explained = sum(((e.high or 0) - (e.low or 0)) ** 2 for e in estimates) / len(estimates) / (2 * 1.96) ** 2
    return math.sqrt(max(0.0, variance - explained))
