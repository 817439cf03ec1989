"""From the data of a self-test, or of several, to its findings, each with what was asked for beforehand."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Sequence

from . import comparisons, plan
from .comparisons import Comparison
from .data import Data
from .measures import REPORTED, coverage, exact_coverage, half_widths, pull95, quantile
from ...statistics.rate import Rate

SHARE, FRACTION, NUMBER = "share", "fraction", "number"  # how a value is written: 95.0 %, 1.30 %, 1.02


@dataclass(frozen=True)
class Gate:
    least: float = -math.inf
    most: float = math.inf

    def holds(self, value: float) -> bool:
        return self.least <= value <= self.most


_COVERAGE = {0.5: Gate(0.44, 0.57), 0.8: Gate(0.75, 0.85), 0.95: Gate(0.93, 0.98)}
_PULL = Gate(0.80, 1.20)
_AT_LEAST_93 = Gate(0.93)
_PLANTED_COVERED = Gate(0.90)  # of 120 comparisons: exact intervals keep it in 98 of 100 self-tests


@dataclass(frozen=True)
class Reading:
    """One measured figure; `share` where it is a count of a count, `gate` where something was asked for.

    `independent`: whether exact bounds may be stated, since the comparisons that were counted share no round.
    """

    key: str
    what: str
    form: str
    value: float
    share: Rate | None = None
    gate: Gate | None = None
    independent: bool = True

    @property
    def met(self) -> bool | None:
        return None if self.gate is None else self.gate.holds(self.value)


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    findings: tuple[Reading, ...]


@dataclass(frozen=True)
class KindRow:
    """The comparisons of identical programs of one kind of case."""

    kind: str
    coverage: Rate
    pull95: float
    half_width_median: float
    half_width_p90: float
    rounds_mean: float
    early: Rate


@dataclass(frozen=True)
class Judgement:
    sections: tuple[Section, ...]
    kinds: tuple[KindRow, ...]
    runs: int  # of the smallest of the self-tests that are judged together

    @property
    def is_whole(self) -> bool:
        """Whether all runs are there that the gates were laid down for."""
        return self.runs >= len(plan.SEEDS)

    @property
    def findings(self) -> tuple[Reading, ...]:
        return tuple(finding for section in self.sections for finding in section.findings)

    @property
    def missed(self) -> tuple[Reading, ...]:
        return tuple(finding for finding in self.findings if finding.met is False)


def judge(*tests: Data) -> Judgement:
    """The comparisons of all these self-tests, counted together."""
    same = _between_builds(tests, plan.SECOND, truth=0.0)
    early = [comparison for comparison in same if comparison.early]
    sections = [
        Section("same", f"The same program twice: {len(same)} comparisons, truth 1", _covered("same", same)),
        Section("early", f"Of these, the {len(early)} that stopped early", _covered("early", early)),
        Section("cost", "What such an interval costs, and how wide it is", _cost(same)),
        *_asymmetric(tests),
        _sessions(tests),
        _planted(tests),
    ]
    by_kind = [(kind, [c for c in same if c.kind == kind]) for kind in plan.KINDS]
    return Judgement(
        sections=tuple(section for section in sections if section.findings),
        kinds=tuple(_kind(kind, members) for kind, members in (*by_kind, ("all", same)) if members),
        runs=min(len(data.runs) for data in tests),
    )


def _between_builds(tests: Sequence[Data], build: str, truth: float) -> list[Comparison]:
    return [c for data in tests for c in comparisons.between_builds(data, build, truth)]


def _share(key: str, what: str, share: Rate, gate: Gate | None = None) -> Reading:
    return Reading(key, what, SHARE, share.value, share, gate)


def _covered(key: str, members: Sequence[Comparison], gated: bool = True) -> tuple[Reading, ...]:
    if not members:
        return ()
    shares = [
        _share(
            f"{key}-coverage-{level * 100:.0f}",
            f"{level * 100:.0f} % intervals that hold the truth",
            coverage(members, level),
            gate if gated else None,
        )
        for level, gate in _COVERAGE.items()
    ]
    pull = Reading(f"{key}-pull95", "pull95", NUMBER, pull95(members), gate=_PULL if gated else None)
    return (*shares, pull)


def _cost(members: Sequence[Comparison]) -> tuple[Reading, ...]:
    widths = half_widths(members)
    return (
        Reading("half-width-median", "half-width, median", FRACTION, median(widths), gate=Gate(most=0.016)),
        Reading("half-width-p90", "half-width, 90th percentile", FRACTION, quantile(widths, 0.9),
                gate=Gate(most=0.05)),
        Reading("rounds-mean", "rounds, mean", NUMBER, _rounds(members), gate=Gate(most=42)),
    )


def _rounds(members: Sequence[Comparison]) -> float:
    return fmean(member.stopped.rounds for member in members)


def _asymmetric(tests: Sequence[Data]) -> list[Section]:
    dealt: list[Comparison] = []
    windows: list[Comparison] = []
    strides = [comparisons.stride(data) for data in tests]
    for data, stride in zip(tests, strides):
        rounds = max((series.rounds for series in data.reference.series.values()), default=0)
        dealt += comparisons.against_reference(data, comparisons.random_parts(rounds))
        windows += comparisons.against_reference(data, comparisons.consecutive_parts(rounds, stride))
    sections = []
    if dealt:
        first, second, third, pull = _covered("pairs", dealt, gated=False)
        sections.append(Section(
            "pairs",
            f"Pairs of different cases, rounds dealt at random: {len(dealt)} comparisons, truth measured",
            (
                *_dependent((first, second, replace(third, gate=_AT_LEAST_93), pull)),
                Reading("pairs-exact-95", "what exact 95 % intervals would cover of this truth", SHARE,
                        exact_coverage(dealt, REPORTED)),
                Reading("pairs-rounds-mean", "rounds, mean", NUMBER, _rounds(dealt)),
            ),
        ))
    if windows:
        every = "" if max(strides) == 1 else f", one round in {' or '.join(map(str, sorted(set(strides))))}"
        sections.append(Section(
            "windows", f"The same pairs, in windows of time{every}: {len(windows)} comparisons",
            _dependent(_covered("windows", windows, gated=False)),
        ))
    return sections


def _dependent(findings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Pairs share their cases and subsets their truth: the counts stand, exact bounds would not."""
    return tuple(replace(finding, independent=False) for finding in findings)


def _sessions(tests: Sequence[Data]) -> Section:
    spreads = [spread for data in tests for spread in comparisons.excess_spreads(data)]
    findings = () if not spreads else (
        Reading("sessions-median", "excess standard deviation, median of pairs", FRACTION, median(spreads)),
        Reading("sessions-p90", "excess standard deviation, 90th percentile", FRACTION,
                quantile(spreads, 0.9)),
    )
    return Section("sessions", "Pairs of different cases between runs: more than the intervals say", findings)


def _planted(tests: Sequence[Data]) -> Section:
    planted = _between_builds(tests, plan.PLANTED, truth=math.log1p(plan.EXTRA))
    alone = [c for c in planted if c.kind in plan.WORK_ALONE]
    others = [c for c in planted if c.kind not in plan.WORK_ALONE]
    findings = _found("work", "work alone", alone, _AT_LEAST_93)
    if alone:
        what = "work alone: intervals that hold 1.05"
        findings.append(_share("planted-work-covered", what, coverage(alone, REPORTED), _PLANTED_COVERED))
    findings += _found("other", "work beside hand-over or copies", others, None)
    title = f"{plan.EXTRA * 100:.0f} % more work planted: {len(planted)} comparisons"
    return Section("planted", title, tuple(findings))


def _found(key: str, where: str, members: Sequence[Comparison], gate: Gate | None) -> list[Reading]:
    if not members:
        return []
    excludes = Rate(sum(_excludes_1(c) for c in members), len(members))
    middle = math.expm1(median(c.interval(REPORTED).value for c in members))
    return [
        _share(f"planted-{key}-found", f"{where}: intervals that exclude 1", excludes, gate),
        Reading(f"planted-{key}-median", f"{where}: effect, median", FRACTION, middle),
    ]


def _excludes_1(comparison: Comparison) -> bool:
    return comparison.interval(REPORTED).low is not None and not comparison.covers(REPORTED, 0.0)


def _kind(kind: str, members: Sequence[Comparison]) -> KindRow:
    widths = half_widths(members)
    return KindRow(
        kind=kind,
        coverage=coverage(members, REPORTED),
        pull95=pull95(members),
        half_width_median=median(widths),
        half_width_p90=quantile(widths, 0.9),
        rounds_mean=_rounds(members),
        early=Rate(sum(member.early for member in members), len(members)),
    )
