"""More cores than were measured: ranges, held against a machine with 16 cores."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Iterator

import pytest

from analysis.files import results
from analysis.statistics.model import more_cores, schedules
from analysis.statistics.model.more_cores import Known
from analysis.statistics.stats import evaluate

SIXTEEN = Path(__file__).resolve().parents[2] / "results" / "reference" / "many-cores-16.json.gz"
FIRST, NUMBERS = 999999999999, 300


def divisions() -> list[float]:
    """What factorize's numbers cost by naive division: the order of the tasks is theirs."""
    limit = 1_100_000
    prime = bytearray([1]) * limit
    for n in range(2, math.isqrt(limit) + 1):
        if prime[n]:
            prime[n * n::n] = bytes(len(range(n * n, limit, n)))
    odd = [n for n in range(3, limit, 2) if prime[n]]
    return [_divisions(FIRST + 2 * i, odd) for i in range(NUMBERS)]


def _divisions(rest: int, primes: list[int]) -> float:
    last, divided = 1, 0
    for prime in primes:
        if prime * prime > rest:
            break
        while rest % prime == 0:
            rest, last, divided = rest // prime, prime, divided + 1
    end = max(last + 2, math.isqrt(rest) + 1 | 1)
    return 1 + (end - 3) // 2 + divided


Measured = dict[tuple[str, int, str], tuple[float, dict[int, float]]]


@pytest.fixture(scope="module")
def measured() -> Measured:
    """Time of the plain loop, ns, and speed-ups by workers, of computing tasks that were measured with 2
    workers; by workload, bytes of all tasks, and backend."""
    evaluation = evaluate(results.load(SIXTEEN))
    loops = {one.block: one.time_ns.value for one in evaluation.of_role("baseline")}
    found: Measured = {}
    for one in evaluation.of_role("case"):
        case = one.case
        if case.workload in ("compute", "factorize") and case.dispatch == "map" and one.speedup:
            key = (case.workload, case.tasks * (case.in_bytes + case.out_bytes), case.backend)
            found.setdefault(key, (loops[one.block], {}))[1][case.workers] = one.speedup.value
    return {key: (loop, speedups) for key, (loop, speedups) in found.items() if 2 in speedups}


def held(measured: Measured, known_from: int, workers: int) -> Iterator[tuple[str, float, bool]]:
    """By case: half the width of the range, as a factor less 1, and whether the truth lies in it."""
    costs = divisions()
    for (workload, payload, backend), (loop, truth) in measured.items():
        of_numbers = workload == "factorize"
        known = Known(
            loop_ns=loop, time_ns=loop / truth[known_from], workers=known_from,
            tasks=NUMBERS if of_numbers else 3000, payload=payload,
            processes=backend.startswith("fork_pool"), split=backend in schedules.SPLIT,
            costs=costs if of_numbers else (),
        )
        range_ = more_cores.speedups(known, workers)
        assert range_.low is not None and range_.high is not None
        half = math.sqrt(range_.high / range_.low) - 1
        yield f"{workload} {payload} {backend}", half, range_.low <= truth[workers] <= range_.high


@pytest.mark.parametrize("known_from, workers, widest", [(2, 8, 0.15), (2, 16, 0.25), (8, 16, 0.25)])
def test_nine_in_ten_of_a_machine_with_16_cores_lie_in_their_range(measured, known_from, workers, widest):
    found = list(held(measured, known_from, workers))
    assert len(found) == 18
    outside = [name for name, _, inside in found if not inside]
    assert len(outside) <= 1, outside
    assert statistics.median(half for _, half, _ in found) <= widest


def test_equal_tasks_are_shared_whole():
    known = Known(loop_ns=1000, time_ns=505, workers=2, tasks=10)
    assert more_cores.largest_share(known, 4) == 0.3


@pytest.mark.parametrize("split, share", [(True, 6 / 9), (False, 7 / 9)])
def test_unequal_tasks_go_through_their_schedule(split, share):
    known = Known(loop_ns=1000, time_ns=700, workers=2, tasks=4, costs=[1, 2, 1, 5], split=split)
    assert more_cores.largest_share(known, 2) == pytest.approx(share)


def test_the_range_holds_what_is_known_and_grows_beyond_it():
    known = Known(loop_ns=1e9, time_ns=5.1e8, workers=2, tasks=1000)
    halves = []
    for workers in (2, 4, 8, 16, 64):
        range_ = more_cores.speedups(known, workers)
        assert range_.low is not None and range_.high is not None and range_.low < range_.value < range_.high
        halves.append(range_.high / range_.low)
    assert halves == sorted(halves)
    first = more_cores.speedups(known, 2)
    assert first.low <= 1 / 0.51 <= first.high


def test_a_caller_that_copies_may_bound_any_number_of_workers():
    """64 KiB each way: with 16 workers `shm` was as fast as with 2, and `pipe` slower."""
    copying = Known(loop_ns=1e8, time_ns=7e7, workers=2, tasks=3000, payload=4e8, processes=True)
    range_ = more_cores.times_ns(copying, 16)
    assert range_.low is not None and range_.high is not None
    assert range_.high >= 7e7 > 3 * range_.low


def test_fewer_workers_than_known_are_refused():
    with pytest.raises(ValueError, match="fewer"):
        more_cores.times_ns(Known(loop_ns=1e9, time_ns=1.3e8, workers=8, tasks=100), 4)
