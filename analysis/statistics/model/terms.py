"""What a time is the sum of: each term times its price. In ns, tasks or bytes of one run of the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from .jobs import Array, Jobs

_FIRST_BYTES = 16 * 1024  # of a payload: a larger one moves in larger pieces, and its bytes are cheaper


@dataclass(frozen=True)
class Term:
    """`unit` of its price: `ns`, `ns/task`, `ns/byte`, or empty for a share."""

    name: str
    unit: str
    meaning: str
    of: Callable[[Jobs, Array, Surroundings], Array]


@dataclass(frozen=True)
class Surroundings:
    """What is not the job's: the machine's cores, and how many bytes stay in its caches."""

    cores: int
    cache_bytes: float


def _bytes(jobs: Jobs) -> Array:
    return jobs.tasks * (jobs.in_bytes + jobs.out_bytes)


def _uncached(jobs: Jobs, around: Surroundings) -> Array:
    return np.maximum(0.0, _bytes(jobs) - around.cache_bytes)


BASELINE = (
    Term("task", "ns/task", "a call and its loop", lambda j, _, a: j.tasks),
    Term("computing", "", "of the task's own time", lambda j, _, a: j.tasks * j.task_ns),
    Term("in", "ns/byte", "reading the input", lambda j, _, a: j.tasks * j.in_bytes),
    Term("out", "ns/byte", "writing the output", lambda j, _, a: j.tasks * j.out_bytes),
    Term(
        "unshown",
        "ns/byte",
        "input without a place in the output, which a CRC reads",
        lambda j, _, a: j.tasks * np.maximum(0.0, j.in_bytes - j.out_bytes),
    ),
    Term("memory", "ns/byte", "bytes beyond the caches", lambda j, _, a: _uncached(j, a)),
)


def largest_share(jobs: Jobs, cores: int) -> Array:
    """Of the tasks: what the busiest worker gets when whole chunks are dealt out; 1 with one worker."""
    workers = np.minimum(jobs.workers, cores)
    chunk = np.clip(jobs.chunk, 1.0, jobs.tasks)
    rounds = np.ceil(np.ceil(jobs.tasks / chunk) / workers)
    return np.minimum(1.0, rounds * chunk / jobs.tasks)


def _first(size: Array) -> Array:
    return np.minimum(size, _FIRST_BYTES)


def _surplus(jobs: Jobs, size: Array) -> Array:
    """Of all tasks: the bytes of one way that none of the other way meet."""
    return _handed_out(jobs) * jobs.tasks * (size - np.minimum(jobs.in_bytes, jobs.out_bytes))


def _handed_out(jobs: Jobs) -> Array:
    """1 where tasks reach other workers; one worker runs them all itself."""
    return (jobs.workers > 1).astype(float)


def _spread(jobs: Jobs) -> Array:
    """Standard deviation of a task's cost over its mean, for costs (s + 1) u^s, u uniform."""
    return jobs.skew / np.sqrt(2 * jobs.skew + 1)


PARALLEL = (
    Term(
        "work",
        "",
        "of the plain loop's time, shared among the workers",
        lambda j, loop, a: loop * largest_share(j, a.cores),
    ),
    Term(
        "serial",
        "",
        "of the plain loop's time, which is not shared",
        lambda j, loop, a: loop * _handed_out(j),
    ),
    Term("start-up", "ns", "starting a run, and waiting for its end", lambda j, _, a: _handed_out(j)),
    Term("alone", "ns", "a run with one worker", lambda j, _, a: 1 - _handed_out(j)),
    Term(
        "task",
        "ns/task",
        "handing out a task, in chunks of the backend's own choice",
        lambda j, _, a: _handed_out(j) * j.tasks * (j.chunk == 0) * (1 - j.submit),
    ),
    Term(
        "chunk",
        "ns/chunk",
        "handing out a chunk of given size",
        lambda j, _, a: _handed_out(j) * j.tasks * (j.chunk > 0) / np.maximum(1.0, j.chunk),
    ),
    Term(
        "call", "ns/task", "a call of its own for a task", lambda j, _, a: _handed_out(j) * j.tasks * j.submit
    ),
    Term("in", "ns/byte", "a byte into a task, none out for it", lambda j, _, a: _surplus(j, j.in_bytes)),
    Term("out", "ns/byte", "a byte out of a task, none in for it", lambda j, _, a: _surplus(j, j.out_bytes)),
    Term(
        "both ways",
        "ns/byte",
        "a byte in with one out, since the two ways overlap",
        lambda j, _, a: _handed_out(j) * j.tasks * np.minimum(j.in_bytes, j.out_bytes),
    ),
    Term(
        "first bytes",
        "ns/byte",
        f"on top, for the first {_FIRST_BYTES // 1024} KiB of an input or output",
        lambda j, _, a: _handed_out(j) * j.tasks * (_first(j.in_bytes) + _first(j.out_bytes)),
    ),
    Term("memory", "ns/byte", "a byte beyond the caches", lambda j, _, a: _handed_out(j) * _uncached(j, a)),
    Term(
        "shared memory",
        "ns/byte",
        "a byte that a task reads beyond the caches, for each other worker that reads as well",
        lambda j, _, a: (
            j.tasks * j.read_bytes * largest_share(j, a.cores) * (np.minimum(j.workers, a.cores) - 1)
        ),
    ),
    Term(
        "tail",
        "tasks",
        "waiting for the last tasks",
        lambda j, loop, a: loop / j.tasks * (np.minimum(j.workers, a.cores) - 1),
    ),
    Term(
        "imbalance",
        "",
        "unequal tasks, split beforehand",
        lambda j, loop, a: _handed_out(j) * loop / np.sqrt(j.tasks) * _spread(j),
    ),
    Term(
        "crowding",
        "ns/worker",
        "each worker beyond the cores",
        lambda j, _, a: np.maximum(0.0, j.workers - a.cores),
    ),
    Term(
        "crowded bytes",
        "ns/byte",
        "a byte, for each worker beyond the cores",
        lambda j, _, a: np.maximum(0.0, j.workers - a.cores) * _bytes(j),
    ),
)


def table(terms: tuple[Term, ...], jobs: Jobs, loop: Array, around: Surroundings) -> Array:
    """A row per job, a column per term; `loop`: time of the plain loop in ns (of no use to its own terms)."""
    return np.column_stack([np.broadcast_to(term.of(jobs, loop, around), (len(jobs),)) for term in terms])
