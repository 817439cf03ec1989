"""What a check found, ready to be shown: one value for terminal, Markdown, JSON, annotations and plot."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from statistics import median
from typing import Mapping

from ...statistics import stats
from . import metrics, verdict
from .evidence import Evidence
from .metrics import Beside
from .sequence import Outcome
from .verdict import Word
from ...files.results import Context
from ...statistics.stats import Estimate


@dataclass(frozen=True)
class CaseReport:
    """`change`, `control`: ratio of head's, of control's time to base's, with its 95 % interval."""

    name: str
    label: str  # short, and unlike that of any other case
    word: Word
    why: str
    change: Estimate
    control: Estimate | None
    rounds: int
    confirmation: Estimate | None  # the change in the second run, where there was one
    base_ns: float  # median time of base
    beside: Mapping[str, Beside]  # by metric, of those that could be measured


@dataclass(frozen=True)
class Report:
    suite: str
    word: Word
    exit_code: int
    cases: tuple[CaseReport, ...]
    left_out: Mapping[str, str]  # cases without a verdict, with the reason
    base: str
    head: str
    plant: float
    seconds: float
    note: str  # what limits this verdict, in sentences; empty: nothing
    context: Context
    surroundings: Mapping[str, str]  # what the machine was like, in words ready to be shown

    def of(self, *words: Word) -> list[CaseReport]:
        return [case for case in self.cases if case.word in words]

    def metrics(self) -> list[str]:
        """Those that some case was measured by, beside the time."""
        return [metric for metric in metrics.NAMES if any(metric in case.beside for case in self.cases)]

    def tally(self) -> str:
        """`8 same, 2 inconclusive, 1 left out`"""
        counts_of = Counter(case.word for case in self.cases)
        parts = [f"{counts_of[word]} {word.value}" for word in Word if counts_of[word]]
        return ", ".join(parts + ([f"{len(self.left_out)} left out"] if self.left_out else []))


def of_outcome(
    outcome: Outcome, evidence: Evidence, *, left_out: Mapping[str, str], base: str, head: str,
    plant: float = 0.0, fail_on_inconclusive: bool = False,
) -> Report:
    cases = []
    for name, case in outcome.cases.items():
        cases.append(
            CaseReport(
                name=name,
                label=evidence.labels.get(name, name),
                word=case.judged.word,
                why=case.judged.why,
                change=stats.median_interval(case.rounds.change).exp(),
                control=stats.median_interval(case.rounds.control_change).exp(),
                rounds=case.rounds.count,
                confirmation=stats.median_interval(case.again.change).exp() if case.again else None,
                base_ns=math.exp(median(case.rounds.base)),
                beside={
                    metric: metrics.judge(values[name])
                    for metric, values in evidence.beside.items() if name in values
                },
            )
        )
    notes = ["The budget ended the check before every case was decided."] if outcome.out_of_time else []
    return Report(
        suite=evidence.suite,
        word=outcome.word,
        exit_code=verdict.exit_code(outcome.word, outcome.words, fail_on_inconclusive, len(left_out)),
        cases=tuple(cases),
        left_out=left_out,
        base=base,
        head=head,
        plant=plant,
        seconds=outcome.seconds,
        note=" ".join([*notes, *evidence.notes]),
        context=replace(evidence.context, rounds=max(case.rounds for case in cases)),
        surroundings=surroundings(outcome, evidence),
    )


# Covariates that say what the machine was like, where the rows have them: name, words, unit, scale.
_COVARIATES = (
    ("line_before_ns", "cache-line round trip", "ns", 1.0),
    ("involuntary_switches", "involuntary switches per sample", "", 1.0),
    ("caller_run_delay_ns", "waiting for a core per sample", "ms", 1e-6),
    ("steal_ns", "steal per sample", "ms", 1e-6),
)


def surroundings(outcome: Outcome, evidence: Evidence) -> dict[str, str]:
    """How far base differs from itself between neighbours, and the covariates' medians."""
    gaps = [abs(gap) for case in outcome.cases.values() for gap in case.rounds.control_change]
    found = {}
    if gaps:
        found["base differs from itself by"] = f"{100 * math.expm1(median(gaps)):.1f} % (median pair)"
    for key, words, unit, scale in _COVARIATES:
        values = [v for one in evidence.covariates if isinstance(v := one.get(key), (int, float))]
        if values:
            found[words] = f"{median(values) * scale:.3g} {unit}".strip()
    return found


def percent(ratio: float) -> str:
    """`+5.1 %` of 1.051"""
    return f"{100 * (ratio - 1):+.1f} %"


def interval(estimate: Estimate) -> str:
    """`[+4.7, +5.6] %`"""
    if estimate.low is None or estimate.high is None:
        return "too few rounds"
    return f"[{100 * (estimate.low - 1):+.1f}, {100 * (estimate.high - 1):+.1f}] %"


def machine(report: Report) -> str:
    context = report.context
    words = [context.cpu or "unknown CPU", f"{context.cores} cores", context.kernel]
    words += [f"{name} {value}" for name, value in report.surroundings.items()]
    return ", ".join(word for word in words if word)
