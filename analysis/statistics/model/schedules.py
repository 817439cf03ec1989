"""How unequal tasks come out on so many workers: the largest share of the work that one of them gets.

Costs are of the tasks in their order, in any unit; workers are as many as cores; handing out costs nothing.
"""

from __future__ import annotations

import heapq
import math
from typing import Sequence

import numpy as np

SPLIT = ("openmp", "std_async")  # backends that cut the tasks off beforehand, by default
OWN_LOOP = ("thread_pool",)  # whose default is `own_loop`
PARTS = {"py_mp_pool": 4}  # backends whose default are so many equal chunks for each worker
GUIDED_PARTS, LEAST_CLAIMS = 4, 16  # kGuidedParts and kLeastClaims of backends/thread_pool/loop.h


def largest_share(costs: Sequence[float], workers: int, backend: str = "", chunk: int = 0) -> float:
    """Of all work, what the worker gets who has most of it. `chunk` 0: the backend's own schedule."""
    total = float(sum(costs))
    if not chunk and backend in PARTS:
        chunk = -(-len(costs) // (PARTS[backend] * workers))
    if total <= 0:
        return math.ceil(len(costs) / workers) / len(costs) if len(costs) else 1.0
    if chunk:
        ends = taken(_in_chunks(costs, chunk), workers)
    elif backend in SPLIT:
        ends = split(costs, workers)
    elif backend in OWN_LOOP:
        ends = own_loop(costs, workers)
    else:
        ends = taken(costs, workers)
    return max(ends) / total


def split(costs: Sequence[float], workers: int) -> list[float]:
    """Neighbours together, as many tasks for each; where that does not come out, one more for the first."""
    whole, over = divmod(len(costs), workers)
    places = np.cumsum([0] + [whole + (worker < over) for worker in range(workers)])
    return [float(sum(costs[first:last])) for first, last in zip(places, places[1:])]


def taken(costs: Sequence[float], workers: int) -> list[float]:
    """Each takes the next task when it is free (Graham's list scheduling)."""
    busy = [0.0] * workers
    for cost in costs:
        heapq.heapreplace(busy, busy[0] + cost)
    return busy


def own_loop(costs: Sequence[float], workers: int) -> list[float]:
    """The thread pool's: each has a range, claims a part of what is left in it, and steals the back half of
    another's.

    tests/cpp/loop_schedule_test.cpp holds the pool's own code to the same numbers.
    """
    before = np.concatenate([[0.0], np.cumsum(costs)])
    whole, over = divmod(len(costs), workers)
    places = np.cumsum([0] + [whole + (worker < over) for worker in range(workers)])
    ranges = [[int(first), int(last), _most(int(last - first))] for first, last in zip(places, places[1:])]
    ends = [0.0] * workers
    free = [(0.0, worker) for worker in range(workers)]
    while free:
        now, worker = heapq.heappop(free)
        own = ranges[worker]
        if own[0] == own[1] and not _steals(ranges, worker):
            ends[worker] = now
            continue
        first = own[0]
        own[0] += min(-(-(own[1] - own[0]) // GUIDED_PARTS), own[2])
        heapq.heappush(free, (now + float(before[own[0]] - before[first]), worker))
    return ends


def _most(length: int) -> int:
    """Of a claim, in a range that held so many tasks at first."""
    return -(-length // LEAST_CLAIMS)


def _steals(ranges: list[list[int]], worker: int) -> bool:
    for step in range(1, len(ranges)):
        other = ranges[(worker + step) % len(ranges)]
        left = other[1] - other[0]
        if left > 0:
            stolen = (left + 1) // 2
            ranges[worker][:] = [other[1] - stolen, other[1], _most(stolen)]
            other[1] = ranges[worker][0]
            return True
    return False


def _in_chunks(costs: Sequence[float], chunk: int) -> list[float]:
    return [float(sum(costs[first:first + chunk])) for first in range(0, len(costs), chunk)]
