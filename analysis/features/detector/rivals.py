"""What other tools' rules say of the same times, so that the check's record has something to stand beside.

Each says whether head is slower, given the times of a case in base and head, in any unit.
"""

from __future__ import annotations

from statistics import fmean, median
from typing import Callable, Mapping, Sequence

ALPHA = 0.05
THRESHOLD = 1.10

Rule = Callable[[Sequence[float], Sequence[float]], bool]


def u_test(base: Sequence[float], head: Sequence[float]) -> bool:
    """Google Benchmark's compare.py: Mann and Whitney's test at 5 %, two-sided, without pairs."""
    from scipy.stats import mannwhitneyu

    p = mannwhitneyu(base, head, alternative="two-sided").pvalue
    return bool(p < ALPHA and median(head) > median(base))


def welch(base: Sequence[float], head: Sequence[float]) -> bool:
    """pyperf's kind: Welch's t-test at 5 %, two-sided."""
    from scipy.stats import ttest_ind

    p = ttest_ind(base, head, equal_var=False).pvalue
    return bool(p < ALPHA and fmean(head) > fmean(base))


def threshold(base: Sequence[float], head: Sequence[float]) -> bool:
    """A threshold of 110 % on the mean, as github-action-benchmark is often set."""
    return fmean(head) > THRESHOLD * fmean(base)


RULES: Mapping[str, Rule] = {"u_test": u_test, "welch": welch, "threshold_110": threshold}
