"""Every case of a file as a row of the report's table: absolute time, speed-up, their intervals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Callable, Iterable, Iterator, Mapping, Sequence

from ...files.results import Case
from ...show import units
from ...show.naming import Naming, shape_text
from ...statistics.stats import CaseEstimate, Estimate, Evaluation

HEADS = (  # title, whether it is a number
    ("file", False),
    ("shape", False),
    ("backend", False),
    ("workers", True),
    ("time per run", True),
    ("95 % interval", True),
    ("speed-up", True),
    ("95 % interval", True),
    ("efficiency", True),
    ("of ceiling", True),
    ("samples", True),
)
# When results were there, where the suite asked for it: medians over the samples.
COMPLETION = {"first_ns": "first result after", "p99_ns": "99 % of results after"}


@dataclass(frozen=True)
class Cell:
    """`sort`: what the column is ordered by, where that is not the text."""

    text: str
    sort: float | None = None
    number: bool = False


def rows(evaluation: Evaluation, file: str) -> Iterator[list[Cell]]:
    """In the order of the file; base cases and ceilings too. The cells of COMPLETION stand at the end."""
    naming = Naming.of(evaluation.estimates)
    watched: dict[tuple[Case, str], list[Mapping[str, int]]] = defaultdict(list)
    for sample in evaluation.results.samples:
        if sample.ok and sample.completion:
            watched[sample.case, sample.build].append(sample.completion)
    for estimate in evaluation.estimates:
        times = watched[estimate.case, estimate.build]
        yield [*_row(estimate, naming, file), *(_median([one[key] for one in times]) for key in COMPLETION)]


def has_completion(evaluations: Iterable[Evaluation]) -> bool:
    return any(sample.completion for one in evaluations for sample in one.results.samples)


def _median(times: Sequence[int]) -> Cell:
    return _number(units.time(median(times)), median(times)) if times else _number("–", None)


def _row(estimate: CaseEstimate, naming: Naming, file: str) -> list[Cell]:
    is_base = estimate.role == "baseline"
    name = naming.label(estimate) if estimate.role == "case" else f"{estimate.case.backend} ({estimate.role})"
    time, speedup = estimate.time_ns, None if is_base else estimate.speedup
    return [
        Cell(file),
        Cell(shape_text(estimate.case)),
        Cell(name),
        _number(f"{estimate.case.workers}", estimate.case.workers),
        _number(units.time(time.value), time.value),
        _number(_bounds(time, units.time), time.low),
        _number(units.ratio(speedup.value) if speedup else "–", speedup.value if speedup else None),
        _number(_bounds(speedup, units.ratio_number), speedup.low if speedup else None),
        _percent(None if is_base else estimate.efficiency),
        _percent(estimate.ceiling_share if estimate.role == "case" else None),
        _number(f"{time.count}", time.count),
    ]


def _number(text: str, value: float | None) -> Cell:
    return Cell(text, -1.0 if value is None else value, True)


def _percent(estimate: Estimate | None) -> Cell:
    return _number("–", None) if estimate is None else _number(f"{estimate.value:.0%}", estimate.value)


def _bounds(estimate: Estimate | None, form: Callable[[float], str]) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return "–"
    return f"{form(estimate.low)} – {form(estimate.high)}"
