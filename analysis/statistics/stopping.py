"""When a comparison has been measured often enough: the rule of bench/judge/stop_rule.h, for data at hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

from .stats import median_interval

FIRST_LOOK = 12
LOOK_EVERY = 4
LEAST_SPAN_S = 30.0  # several times what the machine stays in one of its modes
STOPPING_LEVEL = 0.99  # wider than the 95 % that is reported, which looking often would else make too narrow

GO_ON, PRECISION, ROUNDS = "go on", "precision", "rounds"


@dataclass(frozen=True)
class PrecisionRule:
    """Looks at round 12, 16, 20, ...; stops when half the 99 % interval is at most ln(1 + precision)."""

    precision: float = 0.02
    most_rounds: int = 60

    def looks(self) -> range:
        return range(FIRST_LOOK, self.most_rounds + 1, LOOK_EVERY)

    def judge(self, logs: Sequence[float], rounds: int, span_s: float) -> str:
        """GO_ON, PRECISION or ROUNDS. `logs`: of the ratios; `rounds`: due so far, failed ones included;
        `span_s`: from the first sample to the last.
        """
        if rounds in self.looks() and span_s >= LEAST_SPAN_S and logs:
            interval = median_interval(logs, STOPPING_LEVEL)
            if interval.low is not None and interval.high is not None:
                if (interval.high - interval.low) / 2 <= math.log1p(self.precision):
                    return PRECISION
        return GO_ON if rounds < self.most_rounds else ROUNDS


@dataclass(frozen=True)
class Stopped:
    """Where the rule ended: the logarithms up to there, the rounds it took, and why."""

    logs: tuple[float, ...]
    rounds: int
    why: str


def stop(starts_s: Sequence[float], logs: Sequence[float | None], rule: PrecisionRule) -> Stopped | None:
    """Goes through the rounds as the rule would have; None where it would have gone on beyond the last.

    `starts_s`: when each round's first sample began; `logs`: of its ratio, None where a sample failed.
    """
    for rounds in (*rule.looks(), rule.most_rounds):
        if rounds > len(logs):
            return None
        so_far = tuple(value for value in logs[:rounds] if value is not None)
        why = rule.judge(so_far, rounds, starts_s[rounds - 1] - starts_s[0])
        if why != GO_ON:
            return Stopped(so_far, rounds, why)
    return None
