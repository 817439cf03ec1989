"""A probe for each feature: it makes an API's real calls and returns what a cell of claim 5 should hold."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from .apis import Api, Task
from .tasks import (
    NO, Gate, add, begin, begun, die, either, fails_at_two, lengthen, refuse, square, wait_for, what_comes,
    write_when, yes,
)


def in_order(api: Api) -> str:
    with api.make() as pool:
        return yes(list(pool.map(square, [3, 1, 2])) == [9, 1, 4])


def what_map_returns(api: Api) -> str:
    with api.make() as pool:
        is_list = isinstance(pool.map(square, [1]), list)
        return "a list, when all are done" if is_list else "an iterator, at once"


def in_order_as_they_come(api: Api) -> str:
    with Gate() as gate, api.make(1) as pool:
        results = api.in_order(pool, either, [(1, ""), (2, gate.path)])
        first = next(results)
        gate.open()
        return yes(first == 1 and next(results) == 2)


def as_they_come(api: Api) -> str:
    with Gate() as gate, api.make(2) as pool:
        first = next(api.as_they_come(pool, either, [(1, gate.path), (2, "")]))
        gate.open()
        return yes(first == 2)


def several_arguments(api: Api) -> str:
    with api.make() as made:
        pool: Any = made
        try:  # the third argument of Pool.map is the chunk
            return "the same call" if list(pool.map(add, [1, 2], [3, 4])) == [4, 6] else NO
        except TypeError:
            return "another call" if pool.starmap(add, [(1, 3), (2, 4)]) == [4, 6] else NO


def one_task(api: Api) -> str:
    with api.make() as pool:
        return yes(api.result(api.submit(pool, square, 3)) == 9)


def default_chunk(api: Api) -> str:
    with api.make(2) as pool:
        marks: list[int] = []
        found = max(pool.map(lengthen, [marks] * 64))
        return {1: "1 task", 64 // (4 * 2): "tasks / (4 × workers)"}.get(found, f"{found} tasks")


def timeout(api: Api) -> str:
    with Gate() as gate, api.make() as pool:
        waiting = api.submit(pool, wait_for, gate.path)
        try:
            api.result(waiting, timeout=0.01)
        except api.Timeout:
            gate.open()
            return yes(api.result(waiting))
        return NO


def timeout_type(api: Api) -> str:
    is_builtin = issubclass(api.Timeout, TimeoutError)
    if api.Timeout is multiprocessing.TimeoutError:
        return "TimeoutError" if is_builtin else "multiprocessing.TimeoutError, which is none"
    return "TimeoutError, from Python 3.11" if is_builtin == (sys.version_info >= (3, 11)) else "another"


def exception(api: Api) -> str:
    with api.make() as pool:
        try:
            api.result(api.submit(pool, fails_at_two, 2))
        except LookupError as error:
            return yes(error.args == ("two",) and "fails_at_two" in str(error.__cause__))
    return NO


def beside_a_failure(api: Api) -> str:
    """Results that one can get from a map in which the third of four tasks fails."""
    with api.make() as pool:
        try:
            return what_comes(iter(pool.map(fails_at_two, range(4))))
        except LookupError:
            return "none"


def cancel(api: Api) -> str:
    with Gate() as gate, api.make(1) as pool:
        # More than are handed over ahead.
        last = [api.submit(pool, wait_for, gate.path) for _ in range(8)][-1]
        cancelled = hasattr(last, "cancel") and last.cancel()
        gate.open()
        return yes(cancelled)


def drop(api: Api) -> str:
    """Whether what has not begun can be dropped while what runs goes on."""
    with Gate() as gate:
        return api.drop(api.make(1), gate)


def initializer(api: Api) -> str:
    with api.make(initializer=begin, initargs=("ready",)) as pool:
        return yes(api.result(api.submit(pool, begun, 0)) == "ready")


def failing_initializer(api: Api) -> str:
    with api.make(1, initializer=refuse) as pool:
        return _end_of(api, pool, square, 1, "hangs, making new workers for ever") or "runs"


def few_tasks_per_worker(api: Api) -> str:
    return api.few_tasks_per_worker()


def death(api: Api) -> str:
    with api.make() as pool:
        return _end_of(api, pool, die, 0, "hangs for ever") or "nothing"


def _end_of(api: Api, pool: Any, task: Task, x: int, hanging: str) -> str:
    """The name of the error that a call gets, or the words for a call that hangs; empty if it returns."""
    try:
        api.result(api.submit(pool, task, x), api.patience_s)
    except api.Timeout:
        return hanging
    except Exception as error:  # whatever a later Python may raise
        return type(error).__name__
    return ""


def after_death(api: Api) -> str:
    with api.make(1) as pool:
        _end_of(api, pool, die, 0, "")
        try:
            return yes(api.result(api.submit(pool, square, 3), 30) == 9)
        except (BrokenProcessPool, api.Timeout):
            return NO


def leave(api: Api) -> str:
    with Gate() as gate:
        late = threading.Timer(api.leave_s, gate.open)
        with api.make() as pool:
            api.submit(pool, write_when, (gate.path, gate.result))
            late.start()
        late.cancel()
        return "waits for the tasks" if os.path.exists(gate.result) else "ends them"


def nested(api: Api) -> str:
    with api.make() as pool:
        try:
            return yes(api.result(api.submit(pool, api.nested, 3)) == 9)
        except AssertionError:  # daemonic processes are not allowed to have children
            return NO


def a_lambda(api: Api) -> str:
    with api.make() as pool:
        try:
            return yes(api.result(api.submit(pool, lambda x: x, 1)) == 1)
        except (pickle.PicklingError, AttributeError):
            return NO


def callback(api: Api) -> str:
    seen: list[int] = []
    with api.make() as pool:
        api.call_back(pool, square, 3, seen)
    return yes(seen == [9])


def awaiting(api: Api) -> str:
    with api.make() as pool:
        return api.awaiting(pool)


def threads(api: Api) -> str:
    with api.threads(2) as pool:
        return yes(list(pool.map(square, [3])) == [9])


def birth(api: Api) -> str:
    before = len(multiprocessing.active_children())
    with api.make() as pool:
        born = len(multiprocessing.active_children()) - before
        api.result(api.submit(pool, square, 1))
        later = len(multiprocessing.active_children()) - before
    return "with the first task" if born == 0 < later else "at once"
