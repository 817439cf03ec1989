"""Jobs to be predicted, many at once: one array for each parameter, all of one length."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, Iterable

import numpy as np

from ...files.results import Case

Array = Any  # numpy.ndarray of float

_STREAM = re.compile(r"stream/(\d+)B?")  # beyond the caches: one of a span of its own stays in them


def read_bytes(case: Case) -> float:
    """What a task of the workload `stream/4B` reads from memory: so many bytes for each step; else 0."""
    stream = _STREAM.fullmatch(case.workload)
    return float(stream[1]) * case.cost if stream else 0.0


@dataclass(frozen=True)
class Jobs:
    """`task_ns`: computing time of one task; bytes are of one task; `chunk` 0: the backend's own choice.

    `read_bytes`: what a task reads from memory beyond the caches, besides its payload, within `task_ns`.
    """

    task_ns: Array
    tasks: Array
    in_bytes: Array
    out_bytes: Array
    workers: Array
    skew: Array
    chunk: Array
    submit: Array  # 1: one call for each task, 0: the range at once
    read_bytes: Array

    @staticmethod
    def of(cases: Iterable[Case]) -> Jobs:
        rows = [
            (
                c.cost_ns or 0.0,
                c.tasks,
                c.in_bytes,
                c.out_bytes,
                c.workers,
                c.skew,
                0 if c.chunk == "default" else c.chunk,
                c.dispatch == "submit",
                read_bytes(c),
            )
            for c in cases
        ]
        table = np.array(rows, dtype=float).reshape(-1, len(fields(Jobs)))
        return Jobs(*table.T)

    @staticmethod
    def one(
        task_ns: float,
        tasks: int,
        in_bytes: float,
        out_bytes: float,
        workers: int,
        skew: float = 0.0,
        chunk: int = 0,
        submit: bool = False,
        read: float = 0.0,
    ) -> Jobs:
        values = (task_ns, tasks, in_bytes, out_bytes, workers, skew, chunk, submit, read)
        return Jobs(*(np.array([value], dtype=float) for value in values))

    def __len__(self) -> int:
        return len(self.tasks)

    def where(self, **changes: Any) -> Jobs:
        """The same jobs with other values: `jobs.where(task_ns=grid)`; single ones grow."""
        values = {field.name: changes.get(field.name, getattr(self, field.name)) for field in fields(self)}
        return Jobs(*np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in values.values())))

    def take(self, index: Any) -> Jobs:
        return Jobs(*(getattr(self, field.name)[index] for field in fields(self)))
