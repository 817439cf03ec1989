"""What a backend reaches on more cores than were measured: a range, from one measured time.

The time with m workers, one a core, is the largest share of the work that one of them gets, and an overhead.
With w > m workers the share is known (of equal tasks by counting, of unequal ones by going through their
schedule); of the overhead it is not known whether the workers share it, or whether one caller pays it for
all. So the best is the share alone, with the overhead divided by w / m; the worst grows both by a part for
each doubling: work, since cores share caches, memory and their clock; overhead, since more workers meet in
it. Where bytes cross to other processes and already cost a part of the time, one caller may be copying for
all: then more workers may be of no use at all.

The parts were chosen on one machine with 16 cores; docs/advice.md says how well they do there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

from . import schedules
from ..stats import Estimate

_BETTER = 1.03  # of the work's time: what several caches or a faster clock may gain
_WORK_GROWS = 0.045  # of the work's time, for each doubling of the workers; of processes:
_WORK_GROWS_IN_PROCESSES = 0.14
_MEMORY_GROWS = 0.08  # on top, where threads move more bytes than any cache holds
_BEYOND_CACHES = 1e8  # bytes
_OVERHEAD_GROWS = 1.2  # times, for each doubling; of processes:
_OVERHEAD_GROWS_IN_PROCESSES = 1.5
_LEAST_OVERHEAD = 0.005  # of the time: less of it is not seen
_COPIES = 0.05  # of the time: an overhead from which on the caller's copying may be what bounds it
_COPIES_GROW = 0.2  # of the measured time, for each doubling


@dataclass(frozen=True)
class Known:
    """A job that was measured or is predicted with `workers` workers on as many cores; times in ns.

    `payload`: bytes in and out of all tasks. `costs`: of the tasks in their order, relative; empty: all
    equal. `split`: whether each worker's tasks are cut off beforehand, in one piece.
    """

    loop_ns: float
    time_ns: float
    workers: int
    tasks: int
    payload: float = 0.0
    processes: bool = False
    split: bool = False
    costs: Sequence[float] = ()


def times_ns(known: Known, workers: int) -> Estimate:
    """The range of the time with so many workers on as many cores, and its geometric middle.

    Raises ValueError where that is no more than what is known.
    """
    if workers < known.workers:
        raise ValueError(f"{workers} workers are fewer than the {known.workers} that are known")
    doublings = math.log2(workers / known.workers)
    now = known.loop_ns * largest_share(known, known.workers)
    then = known.loop_ns * largest_share(known, workers)
    overhead = max(known.time_ns - now, _LEAST_OVERHEAD * known.time_ns)
    low = then / _BETTER + overhead * known.workers / workers
    work_grows = _WORK_GROWS_IN_PROCESSES if known.processes else _WORK_GROWS
    if not known.processes and known.payload > _BEYOND_CACHES:
        work_grows += _MEMORY_GROWS
    grows = _OVERHEAD_GROWS_IN_PROCESSES if known.processes else _OVERHEAD_GROWS
    last = known.loop_ns / known.tasks  # whoever comes last has one task more
    high = then * (1 + work_grows * doublings) + overhead * grows**doublings + last
    if known.processes and known.payload and overhead > _COPIES * known.time_ns:
        high = max(high, known.time_ns * (1 + _COPIES_GROW * doublings))
    return Estimate(math.sqrt(low * high), low, high, 1)


def speedups(known: Known, workers: int) -> Estimate:
    """The same as a speed-up over the plain loop."""
    time = times_ns(known, workers)
    assert time.low is not None and time.high is not None
    loop = known.loop_ns
    return Estimate(loop / time.value, loop / time.high, loop / time.low, 1)


def largest_share(known: Known, workers: int) -> float:
    """Of all work, what the worker gets who has most of it."""
    if not len(known.costs):
        return math.ceil(known.tasks / workers) / known.tasks
    ends = schedules.split(known.costs, workers) if known.split else schedules.taken(known.costs, workers)
    return max(ends) / sum(known.costs)
