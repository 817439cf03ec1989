"""The cost model of a file: the plain loop's prices, each backend's, and their error on unseen shapes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Mapping, Sequence

import numpy as np

from . import fitting, terms
from .jobs import Array, Jobs, read_bytes
from ...files.errors import BadResultFile
from ...files.results import Case, Results
from ..stats import CaseEstimate, Estimate, Evaluation, evaluate

LEAST_SHAPES = 16  # of a backend: about as many as there are prices, so that some can be held out of the fit
_CACHES = [2.0**power for power in range(20, 28)]  # candidates, bytes
# A worker's share takes as long as in the plain loop: what a file of one number of tasks cannot say itself.
_SHARED_WORK = fitting.Expectation([term.name for term in terms.PARALLEL].index("work"), 1.0)
_CERTAIN = 0.015  # of a time: how far off a prediction may be that has no overhead in it


@dataclass(frozen=True)
class Prediction:
    """Of one job: medians, and the range in which 95 of 100 unseen shapes lay."""

    time_ns: Estimate
    speedup: Estimate


@dataclass(frozen=True)
class HeldOut:
    """The prediction of a case whose shape was not in the fit, beside what was measured."""

    case: Case
    predicted: float
    measured: float

    @property
    def error(self) -> float:
        """Relative, of the speed-up."""
        return self.predicted / self.measured - 1


@dataclass(frozen=True)
class BackendModel:
    backend: str
    cases: tuple[Case, ...]
    prices: Array
    low: Array
    high: Array
    spread: float  # of the logarithm of a prediction over what was measured, in units of `_doubt`
    held_out: tuple[HeldOut, ...]

    def price(self, name: str) -> Estimate:
        """Of the term of this name, in its unit."""
        at = [term.name for term in terms.PARALLEL].index(name)
        return Estimate(float(self.prices[at]), float(self.low[at]), float(self.high[at]), len(self.cases))


@dataclass(frozen=True)
class CostModel:
    """`baseline`: the plain loop that the backends are compared with."""

    baseline: str
    workload: str
    around: terms.Surroundings
    loop_prices: Array
    backends: tuple[BackendModel, ...]

    @property
    def held_out(self) -> list[HeldOut]:
        return [one for backend in self.backends for one in backend.held_out]

    def loop_ns(self, jobs: Jobs) -> Array:
        """Time of the plain loop."""
        return _loop(self.loop_prices, jobs, self.around)

    def times_ns(self, backend: BackendModel, jobs: Jobs) -> Array:
        return terms.table(terms.PARALLEL, jobs, self.loop_ns(jobs), self.around) @ backend.prices

    def speedups(self, backend: BackendModel, jobs: Jobs) -> Array:
        return self.loop_ns(jobs) / self.times_ns(backend, jobs)

    def parts_ns(self, backend: BackendModel, jobs: Jobs, loop_ns: float | None = None) -> dict[str, float]:
        """Of a single job: what each term adds to the time. `loop_ns`: of the plain loop, where it is known.
        """
        loop = self.loop_ns(jobs) if loop_ns is None else np.array([loop_ns])
        row = terms.table(terms.PARALLEL, jobs, loop, self.around)[0] * backend.prices
        return {term.name: float(part) for term, part in zip(terms.PARALLEL, row)}

    def factor(self, backend: BackendModel, parts_ns: Mapping[str, float]) -> float:
        """By how much the truth may differ from the sum of these parts, up or down, in 95 of 100 jobs."""
        return math.exp(backend.spread * (_CERTAIN + 1 - parts_ns["work"] / sum(parts_ns.values())))

    def predict(self, backend: BackendModel, jobs: Jobs) -> Prediction:
        """Of a single job."""
        loop, time = float(self.loop_ns(jobs)[0]), float(self.times_ns(backend, jobs)[0])
        factor = float(
            np.exp(backend.spread * _doubt(backend.prices, jobs, self.loop_ns(jobs), self.around)[0])
        )
        count = len(backend.cases)
        return Prediction(
            Estimate(time, time / factor, time * factor, count),
            Estimate(loop / time, loop / time / factor, loop / time * factor, count),
        )


def fit(evaluation: Evaluation) -> CostModel | None:
    """The model of the file's commonest workload whose task sizes are known, and of those that read memory
    (`stream/4B`) beside it; None without enough shapes.
    """
    usable = [
        e for e in evaluation.of_role("case")
        if e.speedup and e.case.cost_ns and e.case.pool == "warm" and e.case.nodes == 1
    ]
    usable = [e for e in usable if not e.case.shared_bytes and e.case.scaling != "weak"]
    if not usable:
        return None
    (workload, baseline, build), _ = Counter(
        (e.case.workload, e.baseline, e.build) for e in usable
    ).most_common(1)[0]
    usable = [e for e in usable if e.case.workload == workload or read_bytes(e.case)]
    usable = [e for e in usable if (e.baseline, e.build) == (baseline, build)]
    loops = {
        e.block: e for e in evaluation.of_role("baseline") if (e.case.backend, e.build) == (baseline, build)
    }
    shapes = {e.block: e.case for e in usable if e.block in loops}
    backends = _by_backend([e for e in usable if e.block in loops])
    if len(shapes) < LEAST_SHAPES or not backends:
        return None
    names = list(shapes)
    jobs, times = Jobs.of(shapes.values()), np.array([loops[name].time_ns.value for name in names])
    around = _surroundings(evaluation.results.context.usable_cores, jobs, times)
    table = terms.table(terms.BASELINE, jobs, times, around)
    unseen = np.zeros(len(names))  # the loop's time of each shape, from a fit without it
    for kept, held in fitting.folds(names):
        unseen[held] = table[held] @ fitting.prices(table[kept], times[kept])
    fitted = [
        _backend(backend, members, dict(zip(names, times)), dict(zip(names, unseen)), around)
        for backend, members in backends
    ]
    return CostModel(baseline, workload, around, fitting.prices(table, times), tuple(fitted))


def _by_backend(usable: Sequence[CaseEstimate]) -> list[tuple[str, list[CaseEstimate]]]:
    members: dict[str, list[CaseEstimate]] = {}
    for estimate in usable:
        members.setdefault(estimate.case.backend, []).append(estimate)
    return [
        (name, own) for name, own in sorted(members.items()) if len({e.block for e in own}) >= LEAST_SHAPES
    ]


def _surroundings(cores: int, jobs: Jobs, times: Array) -> terms.Surroundings:
    """Takes the cache's size that explains the plain loop best."""

    def loss(cache: float) -> float:
        around = terms.Surroundings(cores, cache)
        table = terms.table(terms.BASELINE, jobs, times, around)
        return float(np.mean(np.abs(np.log(np.maximum(table @ fitting.prices(table, times), 1e-9) / times))))

    return terms.Surroundings(cores, min(_CACHES, key=loss))


def _backend(
    backend: str,
    members: Sequence[CaseEstimate],
    loops: dict[str, float],
    unseen: dict[str, float],
    around: terms.Surroundings,
) -> BackendModel:
    jobs = Jobs.of(e.case for e in members)
    blocks = [e.block for e in members]
    measured = np.array([e.speedup.value for e in members if e.speedup])
    loop = np.array([loops[block] for block in blocks])
    times = loop / measured  # paired with its own neighbours in time, unlike the median time
    table = terms.table(terms.PARALLEL, jobs, loop, around)
    found = fitting.prices(table, times, _SHARED_WORK)
    without, predicted, doubt = [], np.ones(len(members)), np.ones(len(members))
    for kept, held in fitting.folds(blocks):
        prices = fitting.prices(table[kept], times[kept], _SHARED_WORK)
        without.append(prices)
        expected = np.array([unseen[blocks[i]] for i in held])
        predicted[held] = expected / (terms.table(terms.PARALLEL, jobs.take(held), expected, around) @ prices)
        doubt[held] = _doubt(prices, jobs.take(held), expected, around)
    low, high = fitting.jackknife(found, without)
    errors = np.abs(np.log(predicted / measured)) / doubt
    held_out = tuple(HeldOut(e.case, float(p), float(m)) for e, p, m in zip(members, predicted, measured))
    cases = tuple(e.case for e in members)
    return BackendModel(backend, cases, found, low, high, float(np.quantile(errors, 0.95)), held_out)


def _loop(prices: Array, jobs: Jobs, around: terms.Surroundings) -> Array:
    return terms.table(terms.BASELINE, jobs, np.zeros(len(jobs)), around) @ prices


def _doubt(prices: Array, jobs: Jobs, loop: Array, around: terms.Surroundings) -> Array:
    """How uncertain a time is: the share of it that is not work, since work is what is known best."""
    parts = terms.table(terms.PARALLEL, jobs, loop, around) * prices
    return _CERTAIN + 1 - parts[:, 0] / parts.sum(axis=1)


def fit_results(results: Results) -> CostModel:
    """The model of a file; raises BadResultFile where it has too few shapes."""
    fitted = fit(evaluate(results))
    if fitted is None:
        raise BadResultFile(
            f"{results.path}: too few shapes for a cost model (needs {LEAST_SHAPES} of known task size "
            "for a backend); `make advise` or `breakeven run grid` measures them"
        )
    return fitted
