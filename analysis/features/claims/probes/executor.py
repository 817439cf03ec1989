"""What concurrent.futures.ProcessPoolExecutor does, a probe for each feature."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import os
import pickle
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from .tasks import (
    NO, Gate, add, begin, begun, die, either, fails_at_two, lengthen, make_executor,
    nested_executor, own_id, refuse, square, wait_for, what_comes, write_when, yes,
)


def in_order() -> str:
    with make_executor() as executor:
        return yes(list(executor.map(square, [3, 1, 2])) == [9, 1, 4])


def what_map_returns() -> str:
    with make_executor() as executor:
        return "a list" if isinstance(executor.map(square, [1]), list) else "an iterator, at once"


def in_order_as_they_come() -> str:
    with Gate() as gate, make_executor(1) as executor:
        results = executor.map(either, [(1, ""), (2, gate.path)])
        first = next(results)
        gate.open()
        return yes(first == 1 and next(results) == 2)


def as_they_come() -> str:
    with Gate() as gate, make_executor(2) as executor:
        late = executor.submit(either, (1, gate.path))
        early = executor.submit(either, (2, ""))
        first = next(iter(concurrent.futures.as_completed([late, early])))
        gate.open()
        return yes(first is early)


def several_arguments() -> str:
    with make_executor() as executor:
        return "the same call" if list(executor.map(add, [1, 2], [3, 4])) == [4, 6] else NO


def one_task() -> str:
    with make_executor() as executor:
        return yes(executor.submit(square, 3).result() == 9)


def default_chunk() -> str:
    with make_executor() as executor:
        marks: list[int] = []
        return f"{max(executor.map(lengthen, [marks] * 64))} task"


def timeout() -> str:
    with Gate() as gate, make_executor() as executor:
        waiting = executor.submit(wait_for, gate.path)
        try:
            waiting.result(timeout=0.01)
        except concurrent.futures.TimeoutError:
            gate.open()
            return yes(waiting.result())
        return NO


def timeout_type() -> str:
    is_builtin = issubclass(concurrent.futures.TimeoutError, TimeoutError)
    return "TimeoutError, from Python 3.11" if is_builtin == (sys.version_info >= (3, 11)) else "another"


def exception() -> str:
    with make_executor() as executor:
        try:
            executor.submit(fails_at_two, 2).result()
        except LookupError as error:
            return yes(error.args == ("two",) and "fails_at_two" in str(error.__cause__))
    return NO


def beside_a_failure() -> str:
    """Results that one can get from a map in which the third of four tasks fails."""
    with make_executor() as executor:
        return what_comes(iter(executor.map(fails_at_two, range(4))))


def cancel() -> str:
    with Gate() as gate, make_executor(1) as executor:
        tasks = [executor.submit(wait_for, gate.path) for _ in range(8)]  # more than are handed over ahead
        cancelled = tasks[-1].cancel()
        gate.open()
        return yes(cancelled)


def drop() -> str:
    """Whether what has not begun can be dropped while what runs goes on."""
    with Gate() as gate:
        executor = make_executor(1)
        tasks = [executor.submit(wait_for, gate.path) for _ in range(8)]
        executor.shutdown(wait=False, cancel_futures=True)
        gate.open()
        return yes(tasks[0].result() and tasks[-1].cancelled())


def initializer() -> str:
    with make_executor(initializer=begin, initargs=("ready",)) as executor:
        return yes(executor.submit(begun, 0).result() == "ready")


def failing_initializer() -> str:
    with make_executor(1, initializer=refuse) as executor:
        try:
            executor.submit(square, 1).result(timeout=30)
        except BrokenProcessPool:
            return "BrokenProcessPool"
        except concurrent.futures.TimeoutError:
            return "hangs"
    return "runs"


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


def death() -> str:
    with make_executor() as executor:
        try:
            executor.submit(die, 0).result(timeout=30)
        except BrokenProcessPool:
            return "BrokenProcessPool"
        except concurrent.futures.TimeoutError:
            return "hangs for ever"
    return "nothing"


def after_death() -> str:
    with make_executor() as executor:
        concurrent.futures.wait([executor.submit(die, 0)])
        try:
            return yes(executor.submit(square, 3).result() == 9)
        except BrokenProcessPool:
            return NO


def leave() -> str:
    with Gate() as gate:
        with make_executor() as executor:
            executor.submit(write_when, (gate.path, gate.result))
            threading.Timer(0.05, gate.open).start()
        return "waits for the tasks" if os.path.exists(gate.result) else "ends them"


def nested() -> str:
    with make_executor() as executor:
        return yes(executor.submit(nested_executor, 3).result() == 9)


def a_lambda() -> str:
    with make_executor() as executor:
        try:
            return yes(executor.submit(lambda: 1).result() == 1)
        except (pickle.PicklingError, AttributeError):
            return NO


def callback() -> str:
    seen: list[int] = []
    with make_executor() as executor:
        executor.submit(square, 3).add_done_callback(lambda future: seen.append(future.result()))
    return yes(seen == [9])


def awaiting() -> str:
    async def run() -> int:
        with make_executor() as executor:
            return await asyncio.get_running_loop().run_in_executor(executor, square, 3)

    return yes(asyncio.run(run()) == 9)


def threads() -> str:
    with ThreadPoolExecutor(2) as executor:
        return yes(list(executor.map(square, [3])) == [9])


def birth() -> str:
    before = len(multiprocessing.active_children())
    with make_executor() as executor:
        born = len(multiprocessing.active_children()) - before
        executor.submit(square, 1).result()
        later = len(multiprocessing.active_children()) - before
    return "with the first task" if born == 0 < later else "at once"
