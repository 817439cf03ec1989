"""`python/replay/FILE`: tasks that compute as long, and carry as much, as those of a loop that was recorded
in Python.

A task counts in a loop of Python until its thread has used so much processor time: with other threads beside
it the loop waits for the interpreter's lock as any pure Python does.
"""

from __future__ import annotations

import json
import random
from time import thread_time_ns
from typing import Any

_MOST = 1_000_000  # tasks: their payload has to fit
_PICKLED = 40  # bytes that a task's pickle takes beside its payload
_STEPS = 200  # of counting between two looks at the clock

Task = tuple[int, int, bytes]  # ns of processor time, bytes out, payload


class NoProfile(Exception):
    """The file cannot be read, or is no profile."""


def inputs(path: str) -> list[Task]:
    """Of the profile's tasks, in their order; each carries what one of the sized ones carried, drawn at
    random.
    """
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        sizes = [(into, out) for _, into, out in data["sizes"]] or [(0, 0)]
        times = [int(ns) for ns in data["task_ns"][:_MOST]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise NoProfile(f"{path}: is no profile that can be replayed: {error}") from None
    draw = random.Random(0)
    tasks = []
    for ns in times:
        into, out = draw.choice(sizes)
        tasks.append((ns, max(0, out - _PICKLED), bytes(max(0, into - _PICKLED))))
    return tasks


def task(item: Task) -> Any:
    """Takes that long, and gives so many bytes."""
    ns, out, _ = item
    end = thread_time_ns() + ns
    count = 0
    while thread_time_ns() < end:
        for _ in range(_STEPS):
            count += 1
    return bytes(out)
