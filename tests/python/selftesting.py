"""Data of a self-test whose truth is known, made by a seeded generator."""

from __future__ import annotations

import math
import random
from typing import Callable, Mapping

from analysis.features.intervals import plan
from analysis.features.intervals.data import Data, Run, Series, Subject

CASES = tuple(f"case-{i}" for i in range(10))
KINDS = dict(zip(CASES, ("contended",) * 4 + ("quiet",) * 3 + ("payload",) * 2 + ("skewed",)))
BASELINE = "plain loop"
SUBJECTS = (Subject(BASELINE, "", BASELINE), *(Subject(name, KINDS[name], BASELINE) for name in CASES))

Noise = Callable[[random.Random], float]  # of the logarithm of one time


def symmetric(dice: random.Random) -> float:
    return dice.gauss(0, 0.02)


def skewed(dice: random.Random) -> float:
    return dice.expovariate(1 / 0.03)


def bimodal(dice: random.Random) -> float:
    return dice.gauss(0.25 if dice.random() < 0.3 else 0.0, 0.01)


def series(
    dice: random.Random, noise: Noise, rounds: int, effects: Mapping[str, float], round_s: float = 1.2
) -> Series:
    """A case of 10 ms whose builds take exp(effect) times as long, with noise of their own in every round."""
    return Series(
        tuple(round(1000 * round_s * i) for i in range(rounds)),
        {
            build: tuple(round(1e7 * math.exp(effect + noise(dice))) for _ in range(rounds))
            for build, effect in effects.items()
        },
    )


def made(
    noise: Noise = symmetric,
    runs: int = 30,
    reference_rounds: int = 600,
    planted: float = 0.05,
    seed: int = 1,
    shift: float = 0.0,
) -> Data:
    """`shift`: of every comparison's truth that is not told, so that its intervals miss."""
    dice = random.Random(seed)
    effects = {plan.FIRST: 0.0, plan.SECOND: shift, plan.PLANTED: math.log1p(planted)}

    def run(number: int, rounds: int, builds: Mapping[str, float], round_s: float) -> Run:
        cases = {name: series(dice, noise, rounds, builds, round_s) for name in CASES}
        cases[BASELINE] = series(dice, noise, rounds, {plan.FIRST: 0.7}, round_s)
        return Run(seed=number, date="2026-11-22T12:00:00+00:00", wall_s=rounds * round_s, series=cases)

    return Data(
        provenance={"cpu": "made up", "cores": 2, "command": "build/breakeven self-test --intervals"},
        subjects=SUBJECTS,
        runs=tuple(run(number, 60, effects, 1.2) for number in range(1, runs + 1)),
        reference=run(31, reference_rounds, {plan.FIRST: 0.0}, 0.4),
    )
