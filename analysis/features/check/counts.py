"""Instruction counts: a second signal, nearly without noise, with a rule of its own. It decides no verdict.

A count says that the program does more, not that it takes longer; so it stands beside the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...statistics import stats
from .pairs import Rounds
from ...statistics.stats import Estimate

MARGIN = math.log(1.01)
CONFIDENCE = 0.99


@dataclass(frozen=True)
class Counted:
    word: str  # more, fewer, equal, unclear
    change: Estimate  # ratio of head's count to base's, with its 99 % interval


def judge(counts: Rounds) -> Counted:
    """`more` or `fewer` where the 99 % interval of the paired ratio lies beyond 1 %, `equal` where within."""
    change = stats.median_interval(counts.change, CONFIDENCE)
    return Counted(_word(change), change.exp())


def _word(change: Estimate) -> str:
    if change.low is None or change.high is None:
        return "unclear"
    if change.low > MARGIN:
        return "more"
    if change.high < -MARGIN:
        return "fewer"
    return "equal" if change.low >= -MARGIN and change.high <= MARGIN else "unclear"
