"""The search among commits, and the decision of a step: pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Callable, Sequence

import numpy as np

from ..check import rule

LOOKS = (10, 15, 20, 30, 40, 60, 80, 120)  # rounds after which a step is looked at
LEVEL = 0.001  # of each look


class Like(Enum):
    GOOD = "good"
    BAD = "bad"
    UNDECIDED = "undecided"  # between the two, or too noisy
    SKIPPED = "skipped"  # it does not build, or does not run


@dataclass(frozen=True)
class Answer:
    like: Like
    error: float = 0.0  # at most the probability that noise alone says so
    rounds: int = 0
    why: str = ""  # it was skipped


@dataclass(frozen=True)
class Ended:
    """The first bad commit is among commits[first:last + 1]: one, where the search came to its end."""

    first: int
    last: int
    answers: dict[int, Answer]

    @property
    def error(self) -> float:
        """The sum over the steps: a bound of the probability that the search was led astray."""
        return min(1.0, sum(answer.error for answer in self.answers.values()))


def nearer(good: Sequence[float], middle: Sequence[float], bad: Sequence[float], looks: int) -> Answer:
    """Whether the middle one's times lie by good's or by bad's; logarithms, in rounds of neighbours in time.

    The distance to the point halfway between the two is negative where nothing has happened yet, and positive
    where it has: Wilcoxon's exact signed-rank test, by a level that is the same at each of the `looks`.
    """
    distance = np.asarray(middle) - (np.asarray(good) + np.asarray(bad)) / 2
    p = {Like.BAD: rule.wilcoxon_p(distance), Like.GOOD: rule.wilcoxon_p(-distance)}
    like = min(p, key=lambda one: p[one])
    if p[like] > LEVEL:
        return Answer(Like.UNDECIDED, rounds=distance.size)
    return Answer(like, min(1.0, looks * p[like]), distance.size)


def search(count: int, ask: Callable[[int], Answer]) -> Ended:
    """Among `count` commits after the good one, of which the last is bad. Asks as few as it can.

    A commit that is skipped or undecided is passed over for its nearest neighbour, as git bisect does.
    """
    low, high = -1, count - 1
    answers: dict[int, Answer] = {}
    while True:
        middle = (low + high) // 2
        open_ones = [i for i in range(low + 1, high) if i not in answers]
        if not open_ones:
            return Ended(low + 1, high, answers)
        chosen = min(open_ones, key=lambda i: (abs(i - middle), i))
        answers[chosen] = ask(chosen)
        if answers[chosen].like is Like.GOOD:
            low = chosen
        elif answers[chosen].like is Like.BAD:
            high = chosen
