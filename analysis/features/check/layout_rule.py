"""The rule where the layouts of a build vary: a change must show between the sources, not between two links.

A link can take twice the time of another one of the same source, in every sample. So the rounds are no
independent evidence about the source; the layouts are. What the rounds show, slower or faster, stands only
where Welch's test over the layouts, one value each, shows it too.

Source: B. L. Welch, Biometrika 34 (1947) 28-35. docs/ci.md says what this was measured to do.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean
from typing import Mapping, Sequence

import numpy as np

from .rule import SLOW, lowest_quarter
from .sequence import CaseOutcome, Outcome
from .verdict import Judged, Word

LEVEL = 0.005  # of the one-sided test; of layouts alone it is then one false red in 200 sensitive cases
LEAST_LAYOUTS = 2  # of each side

Times = Mapping[int, Sequence[float]]  # logarithms by layout


def shows(base: Times, head: Times) -> bool:
    """Whether head's layouts lie above base's: by the middle of each one's times, or by their floor.

    Of each layout the median and the mean of the lowest quarter, each at half the level: in a case with two
    speeds the floor has less noise. By how much is asked of the rounds; here it is only whether layout alone
    could do it.
    """
    sides = [[np.asarray(times, float) for times in side.values()] for side in (base, head)]
    middles = [[float(np.median(times)) for times in side] for side in sides]
    floors = [[float(lowest_quarter(times)) for times in side] for side in sides]
    return any(_above(ours, theirs, LEVEL / 2) for ours, theirs in (middles, floors))


def shows_mode(base: Times, head: Times) -> bool:
    """Whether head's layouts are in a slow mode more often: as rule.mode_test cuts it."""
    limit = np.quantile([t for side in (base, head) for times in side.values() for t in times], 0.1) + SLOW
    shares = [[fmean(t > limit for t in times) for times in side.values()] for side in (base, head)]
    return _above(shares[0], shares[1], LEVEL)


def _above(base: Sequence[float], head: Sequence[float], level: float) -> bool:
    """Layouts that agree to the last digit are evidence too: a program may print constants."""
    from scipy.stats import t

    count = min(len(base), len(head))
    if count < LEAST_LAYOUTS:
        return False
    parts = [float(np.var(side, ddof=1)) / len(side) for side in (base, head)]
    gap, variance = float(np.mean(head) - np.mean(base)), sum(parts)
    if variance == 0:
        return gap > 0
    freedom = variance**2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, (base, head)))
    return bool(t.sf(gap / math.sqrt(variance), freedom) <= level)


def apply(outcome: Outcome, times: Mapping[str, tuple[Times, Times]]) -> Outcome:
    """`times`: of base and head, by case; of the second run where there was one."""
    cases = {
        name: replace(case, judged=_settled(case, *times[name])) if name in times else case
        for name, case in outcome.cases.items()
    }
    return replace(outcome, cases=cases)


def _settled(case: CaseOutcome, base: Times, head: Times) -> Judged:
    judged = case.judged
    if judged.word in (Word.SLOWER, Word.SUSPECT):
        stands = shows(base, head) or "mode_slower" in judged.suspect and shows_mode(base, head)
    elif judged.word is Word.FASTER:
        stands = shows(head, base) or shows_mode(head, base)
    else:
        return judged
    if stands:
        return judged
    what = judged.why.partition(";")[0]
    return Judged(Word.INCONCLUSIVE, f"{what}, by no more than links of one source may differ by")
