"""What the self-test of the intervals measures and asks for, fixed before anything was measured."""

from __future__ import annotations

from ...files.results import Case
from .stopping import PrecisionRule

SUITE = "self-test"
RULE = PrecisionRule(precision=0.02, most_rounds=60)  # as `--precision 2%`
SEEDS = tuple(range(1, 31))  # one a run

FIRST, SECOND, PLANTED = "a", "b", "planted"  # the builds: one program three times, the third made slower
EXTRA = 0.05  # of real work more in PLANTED

# The reference run has as many rounds as keep its own error small: an interval that is exact, of 40 rounds
# against a median of 540 others, would cover 94.1 % of the time.
REFERENCE_SEED = 31
REFERENCE_ROUNDS_A_RUN = 20  # 600 for 30 runs
LEAST_REFERENCE_ROUNDS = 120
SUBSET_SEEDS = (1, 2, 3, 4, 5)  # each deals the reference run's rounds out to subsets anew

CONTENDED, QUIET, PAYLOAD, SKEWED = "contended", "quiet", "payload", "skewed"
KINDS = (CONTENDED, QUIET, PAYLOAD, SKEWED)
# Whose time is nothing but the work that EXTRA makes longer. Elsewhere a part is hand-over or copying, so
# that 5 % more work is less than 5 % more time.
WORK_ALONE = (QUIET, SKEWED)

_TINY = 1000  # units of `compute`: some 1.2 us


def kind_of(case: Case) -> str:
    """Which of KINDS a case of the suite is."""
    if case.workload == "compute" and case.cost < _TINY:
        return CONTENDED
    if case.in_bytes:
        return PAYLOAD
    return SKEWED if case.workload == "mandelbrot" else QUIET


def reference_rounds(runs: int) -> int:
    return max(LEAST_REFERENCE_ROUNDS, REFERENCE_ROUNDS_A_RUN * runs)
