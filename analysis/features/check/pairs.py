"""What a run holds of two builds and a control: times in rounds that all three have, case by case."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Callable, Mapping, Sequence

from ...files.results import Results, Sample

BASE, HEAD, CONTROL = "base", "head", "control"
BUILDS = (BASE, HEAD, CONTROL)


@dataclass(frozen=True)
class Rounds:
    """One case: natural logarithms by round, in the order of the rounds; the three lists are paired."""

    base: tuple[float, ...]
    head: tuple[float, ...]
    control: tuple[float, ...]

    @property
    def count(self) -> int:
        return len(self.base)

    def first(self, count: int) -> Rounds:
        return Rounds(self.base[:count], self.head[:count], self.control[:count])

    @property
    def change(self) -> list[float]:
        """ln(head / base), paired."""
        return [head - base for base, head in zip(self.base, self.head)]

    @property
    def control_change(self) -> list[float]:
        return [control - base for base, control in zip(self.base, self.control)]


def times(results: Results) -> dict[str, Rounds]:
    """The times of every case that is not a yardstick, in the order of the first samples."""
    return _paired(results.samples, lambda sample: sample.real_time_ns)


def instructions(results: Results) -> dict[str, Rounds]:
    """Instructions instead of times, of the cases where the kernel let them be counted."""
    return _paired(results.samples, _instructions)


def _instructions(sample: Sample) -> float | None:
    count = sample.covariates.get("instructions")
    return float(count) if isinstance(count, (int, float)) and count > 0 else None


def _paired(samples: Sequence[Sample], value: Callable[[Sample], float | None]) -> dict[str, Rounds]:
    found: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for sample in samples:
        measured = value(sample) if sample.role == "case" and sample.ok else None
        if measured is not None:
            found[sample.name][sample.build][sample.round] = math.log(measured)
    return {name: rounds for name, builds in found.items() if (rounds := _common(builds)).count}


def _common(builds: Mapping[str, Mapping[int, float]]) -> Rounds:
    shared = sorted(set.intersection(*(set(builds.get(build, {})) for build in BUILDS)))
    base, head, control = (tuple(builds.get(build, {}).get(i, 0.0) for i in shared) for build in BUILDS)
    return Rounds(base, head, control)
