"""What a verdict rests on beside the times: where it was measured, and the metrics beside the time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from . import pairs
from .pairs import Rounds
from ...files.results import Case, Context, Results, Sample


@dataclass(frozen=True)
class Evidence:
    suite: str  # what was measured, in a word
    context: Context
    labels: Mapping[str, str] = field(default_factory=dict)  # of cases; else the name is the label
    beside: Mapping[str, Mapping[str, Rounds]] = field(default_factory=dict)  # by metric and case
    covariates: Sequence[Mapping[str, Any]] = ()  # of each sample
    notes: Sequence[str] = ()  # sentences on what limits a verdict


def of_run(run: Results, notes: Sequence[str] = ()) -> Evidence:
    """Of a run of Breakeven's own program."""
    cases = {sample.name: sample.case for sample in run.samples if sample.role == "case"}
    return Evidence(
        suite=run.context.suite,
        context=run.context,
        labels=labels_of(cases),
        beside={"instructions": pairs.of_results(run, _instructions)},
        covariates=[sample.covariates for sample in run.samples],
        notes=notes,
    )


def _instructions(sample: Sample) -> float | None:
    count = sample.covariates.get("instructions")
    return float(count) if isinstance(count, (int, float)) and count > 0 else None


def labels_of(cases: Mapping[str, Case]) -> dict[str, str]:
    """Short names where they tell the cases apart, else the whole ones."""
    short = {name: f"{case.backend} {case.dispatch}, {case.workload}" for name, case in cases.items()}
    times = Counter(short.values())
    return {name: label if times[label] == 1 else name for name, label in short.items()}
