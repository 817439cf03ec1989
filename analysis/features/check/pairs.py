"""What a run holds of two builds and a control: times in rounds that all three have, case by case."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Callable, Iterable, Mapping

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
    def change_ratio(self) -> float:
        """head / base: the median over the rounds."""
        return math.exp(median(self.change))

    @property
    def control_change(self) -> list[float]:
        return [control - base for base, control in zip(self.base, self.control)]


Value = tuple[str, str, int, float]  # case, build, round, and what was measured


def times(results: Results) -> dict[str, Rounds]:
    """The times of every case that is not a yardstick, in the order of the first samples."""
    return of_results(results, lambda sample: sample.real_time_ns)


def of_results(results: Results, value: Callable[[Sample], float | None]) -> dict[str, Rounds]:
    """Another value of those samples; where it is None there is none."""
    cases = [sample for sample in results.samples if sample.role == "case" and sample.ok]
    found = [(sample.name, sample.build, sample.round, value(sample)) for sample in cases]
    return paired((name, build, round_, one) for name, build, round_, one in found if one is not None)


def paired(values: Iterable[Value]) -> dict[str, Rounds]:
    """By case, in the order of the first values; a case without a round that all builds have is not in it."""
    found: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for name, build, round_, value in values:
        found[name][build][round_] = math.log(value)
    return {name: rounds for name, builds in found.items() if (rounds := _common(builds)).count}


def _common(builds: Mapping[str, Mapping[int, float]]) -> Rounds:
    shared = sorted(set.intersection(*(set(builds.get(build, {})) for build in BUILDS)))
    base, head, control = (tuple(builds.get(build, {}).get(i, 0.0) for i in shared) for build in BUILDS)
    return Rounds(base, head, control)
