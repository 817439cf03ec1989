"""The cases of a block against each other, paired by round: intervals that say which of two is faster."""

from __future__ import annotations

from typing import Iterator, Sequence

from .stats import CONFIDENCE, Estimate, Rounds, paired_ratio


def pairwise(members: Sequence[Rounds], confidence: float = CONFIDENCE) -> Iterator[Estimate | None]:
    """For (0, 1), (0, 2), … (1, 2), …: how many times as fast the first is as the second; None without a
    round in common. `members`: the times of cases of one block and build, see Evaluation.rounds.

    The intervals are of single pairs: of twenty pairs that are equal one is expected to look unequal.
    """
    for place, first in enumerate(members):
        for second in members[place + 1:]:
            yield paired_ratio(second, first, confidence)
