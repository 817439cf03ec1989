"""Claim 6: ten thousand small numbers, for which public posts give figures that contradict each other."""

from __future__ import annotations

import math
from typing import Sequence

from ...show import units
from ...show.charts.style import Look
from . import text, verdicts
from .evidence import EXECUTOR, POOL, PYTHON, Block, Evidence, Labels, Way, ratio
from .model import Claim, Dot, DotChart, Finding, Mark, Measured, Verdict, Word, filled
from .verdicts import State
from ...statistics.stats import Estimate, Evaluation

# The two published factors: the executor that much faster than the pool, and the pool than the executor.
EXECUTOR_FASTER, POOL_FASTER = 2.1, 12.0

# The posts factorise numbers up to a million: some 10 us of Python a number. Tasks within a factor 4 of that
# and jobs of at least half as many tasks are near enough to tell which calls give which factor.
TASKS, TASK_NS, _NEAR = 10_000, 10_000.0, 4.0

Pair = tuple[Way, Way, Estimate]  # executor, pool, time of the pool / time of the executor


def judge(evaluation: Evaluation) -> Claim:
    evidence = Evidence(evaluation)
    block = _block(evidence)
    pairs = _pairs(evidence, block) if block else []
    labels = Labels([way for *both, _ in pairs for way in both], hide=("kernel", "workers"))
    first = _finding("The executor is {:g} times as fast as the pool.", pairs, labels, EXECUTOR_FASTER)
    second = _finding("The pool is {:g} times as fast as the executor.", pairs, labels, POOL_FASTER, True)
    return Claim(
        name="ten-thousand",
        title="Ten thousand small numbers",
        gist=f"For ten thousand small factorisations one post finds the executor {EXECUTOR_FASTER:g} times "
        f"as fast as the pool, another the pool {POOL_FASTER:g} times as fast as the executor.",
        experiment=_experiment(evidence, block),
        rule="The verdict is that of the first factor, at the defaults; the second factor stands beside "
        "it. What a pair of calls gives is settled by the figures.",
        verdict=first.verdict,
        answer=_answer(pairs, labels, first.verdict, second.verdict),
        findings=(first, second),
        charts=filled(_chart(evaluation, pairs, labels)),
        notes=_notes(block),
    )


def _block(evidence: Evidence) -> Block | None:
    """The block nearest to the posts' job, if one is near enough."""
    found = []
    for block in evidence.plain_blocks():
        size = block.task_ns(PYTHON)
        if size and block.case.tasks >= TASKS / 2 and block.of(EXECUTOR) and block.of(POOL):
            distance = abs(math.log(size / TASK_NS))
            if distance <= math.log(_NEAR):
                found.append((distance + abs(math.log(block.case.tasks / TASKS)), block))
    return min(found, key=lambda entry: entry[0])[1] if found else None


def _pairs(evidence: Evidence, block: Block) -> list[Pair]:
    """Every way of the executor against every way of the pool with the same workers and start method.

    Of cold and warm pools those with more pairs: the calls are what the posts disagree about.
    """
    workers = evidence.workers(block.of(EXECUTOR, POOL))
    found: dict[str, list[Pair]] = {"warm": [], "cold": []}
    for executor in block.of(EXECUTOR, workers=workers):
        for pool in block.of(POOL, workers=workers):
            alike = (pool.case.pool, pool.start, pool.kernel) == (executor.case.pool, executor.start, PYTHON)
            if alike and executor.kernel == PYTHON and (between := ratio(pool, executor)):
                found.setdefault(pool.case.pool, []).append((executor, pool, between))
    most = max(found.values(), key=lambda pairs: len(pairs))
    return sorted(most, key=lambda pair: pair[2].value)


def _finding(
    statement: str, pairs: Sequence[Pair], labels: Labels, claimed: float, inverted: bool = False
) -> Finding:
    """Inverted: the executor's time / the pool's, of which only the defaults and what agrees are listed."""
    ratios = [_inverse(between) if inverted else between for _, _, between in pairs]
    figures = []
    for (executor, pool, _), between in zip(pairs, ratios):
        first, second = (executor, pool) if inverted else (pool, executor)
        if not inverted or _at_defaults(executor, pool) or verdicts.agrees(between, claimed) is State.SAME:
            label = f"{labels.of(first)} / {labels.of(second)}"
            figures.append(Measured(label, between, (first.case, second.case), note=_note(between, claimed)))
    names = ("executor", "pool") if inverted else ("pool", "executor")
    measure = "time of the {} / time of the {}".format(*names)
    verdict = _verdict(pairs, ratios, labels, claimed)
    return Finding(
        statement.format(claimed), measure, _rule(claimed), verdict, tuple(figures), decides=not inverted
    )


def _at_defaults(executor: Way, pool: Way) -> bool:
    return executor.is_default() and pool.is_default()


def _rule(claimed: float) -> str:
    return (
        f"A pair of calls agrees with the factor {claimed:g} if its whole interval lies from "
        f"{claimed ** 0.5:.2f}× to {claimed ** 1.5:.2f}×: within half of the way from 1 to the factor, in "
        "logarithms, on either side of it. Holds if the defaults of both agree; holds within the pairs that "
        "do if the defaults do not; fails if no pair does."
    )


def _note(between: Estimate, claimed: float) -> str:
    words = {State.SAME: "agrees", State.DIFFERENT: "does not", State.OPEN: "undecided"}
    return words[verdicts.agrees(between, claimed)]


def _verdict(pairs: Sequence[Pair], ratios: Sequence[Estimate], labels: Labels, claimed: float) -> Verdict:
    if not pairs:
        return verdicts.not_measured(
            f"no job of about {TASKS:,} tasks of about {units.round_time(TASK_NS)} through both APIs"
        )
    states = [verdicts.agrees(between, claimed) for between in ratios]
    plain = [state for (*both, _), state in zip(pairs, states) if _at_defaults(*both)]
    if plain and all(state is State.SAME for state in plain):
        return Verdict(Word.HOLDS)
    good = [
        (between.value, f"{labels.of(pool)} against {labels.of(executor)}")
        for (executor, pool, _), state, between in zip(pairs, states, ratios) if state is State.SAME
    ]
    if good:
        best = max(good)[1]
        more = f" and {units.count(len(good) - 1, 'other pair')}" if len(good) > 1 else ""
        return Verdict(Word.WITHIN, f"{best}{more}")
    unclear = [between for state, between in zip(states, ratios) if state is State.OPEN]
    return verdicts.undecided(unclear) if unclear else Verdict(Word.FAILS)


def _inverse(estimate: Estimate) -> Estimate:
    low = None if estimate.high is None else 1 / estimate.high
    high = None if estimate.low is None else 1 / estimate.low
    return Estimate(1 / estimate.value, low, high, estimate.count)


def _experiment(evidence: Evidence, block: Block | None) -> str:
    if block is None:
        return "Some ten thousand tasks of some ten microseconds through both APIs, in every way they offer."
    workers = evidence.workers(block.of(EXECUTOR, POOL))
    size = units.time(block.task_ns(PYTHON) or 0)
    return f"{text.experiment(evidence, block, workers)}. A task takes Python {size}."


def _notes(block: Block | None) -> tuple[str, ...]:
    if block is None:
        return ()
    return (
        "The posts factorise numbers up to a million. Here stand in for them as many tasks of about the "
        f"same time in Python, since the numbers of the factorize workload are fixed: {block.case.workload}.",
    )


def _answer(pairs: Sequence[Pair], labels: Labels, first: Verdict, second: Verdict) -> str:
    """What the calls give, and what that says of each post."""
    parts = [
        f"At the defaults the pool is {text.ratio_text(_inverse(between))} as fast"
        for executor, pool, between in pairs if _at_defaults(executor, pool)
    ]
    if pairs:
        executor, pool, between = pairs[-1]
        parts.append(f"best for the executor: {text.ratio_text(between)}, against {labels.of(pool)}")
        parts.append(f"executor {EXECUTOR_FASTER:g} times as fast: {first}")
        parts.append(f"pool {POOL_FASTER:g} times as fast: {second}")
    return "; ".join(parts)


def _chart(evaluation: Evaluation, pairs: Sequence[Pair], labels: Labels) -> DotChart:
    look = Look.of(evaluation)
    groups: dict[str, list[Dot]] = {}
    for executor, pool, between in reversed(pairs):
        row = text.dot(look, pool, between, f"against {labels.of(pool)}")
        groups.setdefault(labels.of(executor), []).append(row)
    return DotChart(
        name="ten-thousand",
        caption="Time of the pool / time of the executor for each pair of calls: right of 1 the "
        "executor is faster, left of it the pool. The dashed lines are the published factors.",
        axis="pool's time / executor's",
        groups=tuple((name, tuple(rows)) for name, rows in groups.items()),
        marks=(Mark(EXECUTOR_FASTER, f"{EXECUTOR_FASTER:g}"), Mark(1 / POOL_FASTER, f"1/{POOL_FASTER:g}")),
    )
