"""The two APIs behind one set of names: where both only spell a call differently, one probe serves both."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import multiprocessing
import multiprocessing.pool
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Callable, Iterable, Iterator, Sequence, Union

from .tasks import (
    HANGS_AFTER_S, NO, YES, Gate, make_executor, make_pool, nested_executor, nested_pool, own_id, square,
    wait_for, yes,
)

Task = Callable[[Any], Any]


class Executor:
    """concurrent.futures.ProcessPoolExecutor"""

    make = staticmethod(make_executor)
    nested = staticmethod(nested_executor)
    threads = ThreadPoolExecutor
    Timeout: type[Exception] = concurrent.futures.TimeoutError
    patience_s = 30.0  # a broken executor says so at once
    leave_s = 0.05  # until a task may end while its with block is left

    @staticmethod
    def submit(pool: Any, task: Task, x: Any) -> Any:
        return pool.submit(task, x)

    @staticmethod
    def result(handle: Any, timeout: float | None = None) -> Any:
        return handle.result(timeout)

    @staticmethod
    def in_order(pool: Any, task: Task, inputs: Iterable[Any]) -> Iterator[Any]:
        results: Iterator[Any] = pool.map(task, inputs)
        return results

    @staticmethod
    def as_they_come(pool: Any, task: Task, inputs: Sequence[Any]) -> Iterator[Any]:
        return (f.result() for f in concurrent.futures.as_completed([pool.submit(task, x) for x in inputs]))

    @staticmethod
    def call_back(pool: Any, task: Task, x: Any, seen: list[Any]) -> None:
        pool.submit(task, x).add_done_callback(lambda future: seen.append(future.result()))
        pool.shutdown()

    @staticmethod
    def drop(pool: Any, gate: Gate) -> str:
        tasks = [pool.submit(wait_for, gate.path) for _ in range(8)]
        pool.shutdown(wait=False, cancel_futures=True)
        gate.open()
        for task in tasks:  # all: one that comes to the gate once that is gone would wait for ever
            with contextlib.suppress(concurrent.futures.CancelledError):
                task.result()
        return yes(tasks[0].result() and tasks[-1].cancelled())

    @staticmethod
    def few_tasks_per_worker() -> str:
        """Not with fork: the executor refuses that combination."""
        spawn = multiprocessing.get_context("spawn")
        options: dict[str, Any] = {"max_tasks_per_child": 1}
        try:
            executor = ProcessPoolExecutor(1, mp_context=spawn, **options)
        except TypeError:
            return "not with fork, from Python 3.11" if sys.version_info < (3, 11) else NO
        with executor:
            ids = set(executor.map(own_id, range(2)))
        try:
            make_executor(1, **options).shutdown()
        except ValueError:
            return "not with fork, from Python 3.11" if len(ids) == 2 else NO
        return yes(len(ids) == 2)

    @staticmethod
    def awaiting(pool: Any) -> str:
        async def run() -> Any:
            return await asyncio.get_running_loop().run_in_executor(pool, square, 3)

        return yes(asyncio.run(run()) == 9)


class Pool:
    """multiprocessing.Pool"""

    make = staticmethod(make_pool)
    nested = staticmethod(nested_pool)
    threads = multiprocessing.pool.ThreadPool
    Timeout: type[Exception] = multiprocessing.TimeoutError
    patience_s = HANGS_AFTER_S
    leave_s = 30.0  # only if leaving should wait after all

    @staticmethod
    def submit(pool: Any, task: Task, x: Any) -> Any:
        return pool.apply_async(task, (x,))

    @staticmethod
    def result(handle: Any, timeout: float | None = None) -> Any:
        return handle.get(timeout)

    @staticmethod
    def in_order(pool: Any, task: Task, inputs: Iterable[Any]) -> Iterator[Any]:
        results: Iterator[Any] = pool.imap(task, inputs)
        return results

    @staticmethod
    def as_they_come(pool: Any, task: Task, inputs: Sequence[Any]) -> Iterator[Any]:
        results: Iterator[Any] = pool.imap_unordered(task, inputs)
        return results

    @staticmethod
    def call_back(pool: Any, task: Task, x: Any, seen: list[Any]) -> None:
        pool.apply_async(task, (x,), callback=seen.append)
        pool.close()
        pool.join()

    @staticmethod
    def drop(pool: Any, gate: Gate) -> str:
        """There are close(), which runs everything, and terminate(), which kills what runs."""
        running = pool.apply_async(wait_for, (gate.path,))
        pool.terminate()
        gate.open()
        pool.join()
        return yes(running.ready())

    @staticmethod
    def few_tasks_per_worker() -> str:
        with make_pool(1, maxtasksperchild=1) as pool:
            return yes(len(set(pool.map(own_id, range(2), chunksize=1))) == 2)

    @staticmethod
    def awaiting(pool: Any) -> str:
        result = pool.apply_async(square, (3,))
        try:
            asyncio.wrap_future(result)
        except (AssertionError, TypeError):
            result.get()
            return NO
        return YES


Api = Union[type[Executor], type[Pool]]
