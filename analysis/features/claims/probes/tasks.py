"""What the probes share: pools that fork, tasks that a worker can import, a gate at which tasks wait."""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
import os
import signal
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

YES, NO = "yes", "no"

# A call that has not returned after this many seconds, though nothing is left to wait for, hangs.
HANGS_AFTER_S = 2.0

FORK = "fork"  # the start method of every pool but where a probe is about another


def make_executor(workers: int = 2, **options: Any) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(FORK), **options)


def make_pool(workers: int = 2, **options: Any) -> multiprocessing.pool.Pool:
    return multiprocessing.get_context(FORK).Pool(workers, **options)


def yes(is_so: bool) -> str:
    return YES if is_so else NO


started = ""


def square(x: int) -> int:
    return x * x


def add(x: int, y: int) -> int:
    return x + y


def lengthen(marks: list[int]) -> int:
    """Tasks handed over in one piece share what they have in common: the list grows along a chunk."""
    marks.append(0)
    return len(marks)


def fails_at_two(x: int) -> int:
    if x == 2:
        raise LookupError("two")
    return x


def own_id(_: int) -> int:
    return os.getpid()


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def begin(text: str) -> None:
    global started
    started = text


def begun(_: int) -> str:
    return started


def refuse() -> None:
    raise RuntimeError("this worker does not begin")


def wait_for(path: str) -> bool:
    """Ends when the file is there: a pipe that nobody has opened for writing blocks without a clock."""
    with open(path, "rb"):
        return True


def write_when(paths: tuple[str, str]) -> None:
    gate, result = paths
    wait_for(gate)
    Path(result).touch()


def nested_executor(x: int) -> int:
    with make_executor(1) as inner:
        return sum(inner.map(square, [x]))


def nested_pool(x: int) -> int:
    with make_pool(1) as inner:
        return sum(inner.map(square, [x]))


def either(task: tuple[int, str]) -> int:
    number, gate = task
    if gate:
        wait_for(gate)
    return number


class Gate:
    """A named pipe: tasks wait at it until it is opened."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self._folder.name, "gate")
        self.result = os.path.join(self._folder.name, "result")
        self._writers: list[int] = []
        os.mkfifo(self.path)

    def open(self) -> None:
        """Lets those pass who wait, now or later."""
        self._writers.append(os.open(self.path, os.O_RDWR))

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers:
            os.close(writer)
        self._folder.cleanup()


def what_comes(results: Any) -> str:
    got = []
    while True:
        try:
            got.append(next(results))
        except LookupError:
            continue
        except StopIteration:
            return {(0, 1): "those before it", (0, 1, 3): "all others"}.get(tuple(got), str(got))
