"""What multiprocessing.Pool does, a probe for each feature."""

from __future__ import annotations

import asyncio
import multiprocessing
import multiprocessing.pool
import os
import pickle
import threading
from typing import Any

from .tasks import (
    HANGS_AFTER_S, NO, YES, Gate, add, begin, begun, die, either, fails_at_two, lengthen,
    make_pool, nested_pool, own_id, refuse, square, wait_for, what_comes, write_when, yes,
)


def in_order() -> str:
    with make_pool() as pool:
        return yes(list(pool.map(square, [3, 1, 2])) == [9, 1, 4])


def what_map_returns() -> str:
    with make_pool() as pool:
        return "a list, when all are done" if isinstance(pool.map(square, [1]), list) else "an iterator"


def in_order_as_they_come() -> str:
    with Gate() as gate, make_pool(1) as pool:
        results = pool.imap(either, [(1, ""), (2, gate.path)])
        first = next(results)
        gate.open()
        return yes(first == 1 and next(results) == 2)


def as_they_come() -> str:
    with Gate() as gate, make_pool(2) as pool:
        results = pool.imap_unordered(either, [(1, gate.path), (2, "")])
        first = next(results)
        gate.open()
        return yes(first == 2)


def several_arguments() -> str:
    with make_pool() as pool:
        try:
            pool.map(add, [1, 2], [3, 4])  # type: ignore[arg-type]  # the third argument is the chunk
        except TypeError:
            return "another call" if pool.starmap(add, [(1, 3), (2, 4)]) == [4, 6] else NO
    return "the same call"


def one_task() -> str:
    with make_pool() as pool:
        return yes(pool.apply_async(square, (3,)).get() == 9)


def default_chunk() -> str:
    with make_pool(2) as pool:
        marks: list[int] = []
        found = max(pool.map(lengthen, [marks] * 64))
        return "tasks / (4 × workers)" if found == 64 // (4 * 2) else f"{found} tasks"


def timeout() -> str:
    with Gate() as gate, make_pool() as pool:
        waiting = pool.apply_async(wait_for, (gate.path,))
        try:
            waiting.get(timeout=0.01)
        except multiprocessing.TimeoutError:
            gate.open()
            return yes(waiting.get())
        return NO


def timeout_type() -> str:
    is_builtin = issubclass(multiprocessing.TimeoutError, TimeoutError)
    return "TimeoutError" if is_builtin else "multiprocessing.TimeoutError, which is none"


def exception() -> str:
    with make_pool() as pool:
        try:
            pool.apply(fails_at_two, (2,))
        except LookupError as error:
            return yes(error.args == ("two",) and "fails_at_two" in str(error.__cause__))
    return NO


def beside_a_failure() -> str:
    with make_pool() as pool:
        try:
            return what_comes(iter(pool.map(fails_at_two, range(4))))
        except LookupError:
            return "none"


def cancel() -> str:
    with make_pool(1) as pool:
        return yes(hasattr(pool.apply_async(square, (1,)), "cancel"))


def drop() -> str:
    """There are close(), which runs everything, and terminate(), which kills what runs."""
    with Gate() as gate:
        pool = make_pool(1)
        running = pool.apply_async(wait_for, (gate.path,))
        pool.terminate()
        gate.open()
        pool.join()
        return yes(running.ready())


def initializer() -> str:
    with make_pool(initializer=begin, initargs=("ready",)) as pool:
        return yes(pool.apply(begun, (0,)) == "ready")


def failing_initializer() -> str:
    with make_pool(1, initializer=refuse) as pool:
        try:
            pool.apply_async(square, (1,)).get(timeout=HANGS_AFTER_S)
        except multiprocessing.TimeoutError:
            return "hangs, making new workers for ever"
        except Exception as error:  # whatever a later Python may raise
            return type(error).__name__
    return "runs"


def few_tasks_per_worker() -> str:
    with make_pool(1, maxtasksperchild=1) as pool:
        return yes(len(set(pool.map(own_id, range(2), chunksize=1))) == 2)


def death() -> str:
    with make_pool() as pool:
        try:
            pool.apply_async(die, (0,)).get(timeout=HANGS_AFTER_S)
        except multiprocessing.TimeoutError:
            return "hangs for ever"
        except Exception as error:  # whatever a later Python may raise
            return type(error).__name__
    return "nothing"


def after_death() -> str:
    with make_pool(1) as pool:
        pool.apply_async(die, (0,))
        try:
            return yes(pool.apply_async(square, (3,)).get(timeout=30) == 9)
        except multiprocessing.TimeoutError:
            return NO


def leave() -> str:
    with Gate() as gate:
        late = threading.Timer(30, gate.open)  # only if leaving should wait after all
        late.start()
        with make_pool() as pool:
            pool.apply_async(write_when, ((gate.path, gate.result),))
        late.cancel()
        gate.open()
        pool.join()
        return "waits for the tasks" if os.path.exists(gate.result) else "ends them"


def nested() -> str:
    with make_pool() as pool:
        try:
            return yes(pool.apply(nested_pool, (3,)) == 9)
        except AssertionError:  # daemonic processes are not allowed to have children
            return NO


def a_lambda() -> str:
    with make_pool() as pool:
        try:
            return yes(pool.apply(lambda: 1) == 1)
        except (pickle.PicklingError, AttributeError):
            return NO


def callback() -> str:
    seen: list[int] = []
    with make_pool() as pool:
        pool.apply_async(square, (3,), callback=seen.append)
        pool.close()
        pool.join()
    return yes(seen == [9])


def awaiting() -> str:
    with make_pool() as pool:
        result: Any = pool.apply_async(square, (3,))
        try:
            asyncio.wrap_future(result)
        except (AssertionError, TypeError):
            result.get()
            return NO
    return YES


def threads() -> str:
    with multiprocessing.pool.ThreadPool(2) as pool:
        return yes(pool.map(square, [3]) == [9])


def birth() -> str:
    before = len(multiprocessing.active_children())
    with make_pool():
        return "at once" if len(multiprocessing.active_children()) - before == 2 else "with the first task"
