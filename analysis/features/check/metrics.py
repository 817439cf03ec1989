"""What is measured beside the time, each metric with a verdict of its own. It decides nothing.

More instructions say that the program does more, not that it takes longer; CPU time says what the work costs
where several cores do it; peak memory is that of the largest process, memory that of all, with each shared
page counted once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...statistics import stats
from .pairs import Rounds
from ...statistics.stats import Estimate

MARGIN = math.log(1.01)
CONFIDENCE = 0.99
NAMES = {
    "cpu_ns": "CPU time", "pss_bytes": "memory", "peak_rss_bytes": "peak memory",
    "instructions": "instructions",
}


@dataclass(frozen=True)
class Beside:
    word: str  # more, fewer, equal, unclear
    change: Estimate  # ratio of head's value to base's, with its 99 % interval


def judge(values: Rounds) -> Beside:
    """`more` or `fewer` where the 99 % interval of the paired ratio lies beyond 1 %, `equal` where within."""
    change = stats.median_interval(values.change, CONFIDENCE)
    return Beside(_word(change), change.exp())


def _word(change: Estimate) -> str:
    if change.low is None or change.high is None:
        return "unclear"
    if change.low > MARGIN:
        return "more"
    if change.high < -MARGIN:
        return "fewer"
    return "equal" if change.low >= -MARGIN and change.high <= MARGIN else "unclear"
