"""A user's own function over a user's own inputs: the workload `python/MODULE:FUNCTION@MODULE:INPUTS`.

Without `@…` the inputs are `inputs` of the function's module. They are a list or any other iterable, or a
function without arguments that returns one; they are read once. Objects cross to other processes pickled, as
they are.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from breakeven_cell import replay

PREFIX = "python/"
_REPLAY = PREFIX + "replay/"  # before a profile's path: tasks like those of a recorded loop
_PICKLED = PREFIX + "pickled/"  # before the path of a pickle: a function and its inputs
_LOOK_S = 2.0  # how long the description runs the function


class FunctionError(Exception):
    """The function or its inputs cannot be used; the text says why and what to do, in one line."""


def enter_folder() -> None:
    """The one in which breakeven was started, so that a user's relative paths mean what they mean there.

    Not before workers are spawned: a new interpreter would take a user's queue.py for the library's.
    """
    folder = os.environ.get("BREAKEVEN_FOLDER")
    if folder:
        with contextlib.suppress(OSError):
            os.chdir(folder)


def is_own(workload: str) -> bool:
    return workload.startswith(PREFIX)


def function(workload: str) -> Callable[[Any], Any]:
    if workload.startswith(_REPLAY):
        return replay.task
    if workload.startswith(_PICKLED):
        return _unpickled(workload)[0]
    name = workload[len(PREFIX):].partition("@")[0]
    found = _named(name)
    if not callable(found):
        raise FunctionError(f"{name} is a {type(found).__name__}, and not a function")
    return found  # type: ignore[no-any-return]


def inputs(workload: str, tasks: int | None = None) -> list[Any]:
    """All of them, or the first so many."""
    if workload.startswith(_REPLAY):
        try:
            return replay.inputs(workload[len(_REPLAY):])[:tasks]
        except replay.NoProfile as error:
            raise FunctionError(str(error)) from None
    if workload.startswith(_PICKLED):
        return _unpickled(workload)[1][:tasks]
    name, _, given = workload[len(PREFIX):].partition("@")
    place = given or f"{name.partition(':')[0]}:inputs"
    found = _named(place)
    try:
        if callable(found):
            found = found()
        every = list(found)
    except Exception as error:
        raise FunctionError(f"{place} gives no inputs: {type(error).__name__}: {error}") from None
    if not every:
        raise FunctionError(f"{place} holds no inputs: one task needs one")
    return every if tasks is None else every[:tasks]


def _unpickled(workload: str) -> tuple[Callable[[Any], Any], list[Any]]:
    path = workload[len(_PICKLED):]
    try:
        with open(path, "rb") as file:
            paths, data = pickle.load(file)
        sys.path.extend(path for path in paths if path not in sys.path)  # behind the standard library
        found, every = pickle.loads(data)
    except Exception as error:
        raise FunctionError(
            f"{path}: holds no function and its inputs: {type(error).__name__}: "
            f"{error}"
        ) from None
    return found, every


def _named(name: str) -> Any:
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise FunctionError(f"{name}: write MODULE:NAME")
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        raise FunctionError(
            f"{name}: module {module} cannot be imported: {type(error).__name__}: {error}; it is looked "
            "for behind the standard library, in the folder where breakeven was started and on PYTHONPATH"
        ) from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise FunctionError(f"{name}: {module} has no {attribute}")
        found = getattr(found, part)
    return found


def described(workload: str) -> dict[str, float]:
    """How many tasks, the median bytes in and out as pickled, and the time of one, ns, in the plain loop."""
    call, every = function(workload), inputs(workload)
    outputs, times = [], []
    end = time.perf_counter() + _LOOK_S
    for data in every:
        start = time.perf_counter()
        try:
            outputs.append(call(data))
        except Exception as error:
            raise FunctionError(
                f"{workload[len(PREFIX):]} fails for input {len(outputs)}: {type(error).__name__}: {error}"
            ) from None
        now = time.perf_counter()
        times.append((now - start) * 1e9)
        if now >= end:
            break
    return {
        "tasks": len(every),
        "in_bytes": _median_bytes(every[: len(outputs)]),
        "out_bytes": _median_bytes(outputs),
        "task_ns": statistics.fmean(times),
    }


def _median_bytes(objects: Sequence[Any]) -> int:
    """0 where they cannot be pickled: threads need none of it, and processes say so themselves."""
    step = max(1, len(objects) // 100)
    try:
        return round(statistics.median(len(pickle.dumps(one)) for one in objects[::step]))
    except Exception:
        return 0


def bytes_of(objects: Sequence[Any]) -> int:
    """Of all of them pickled, by a sample of a hundred."""
    return _median_bytes(objects) * len(objects)


def difference(found: Sequence[Any], expected: Sequence[Any]) -> str:
    """Where two lists of results differ, or an empty text. Equal pickles are equal too, such as of NaN."""
    for task, (one, other) in enumerate(zip(found, expected)):
        if not _equal(one, other):
            return f"task {task} gives {_short(one)}, and {_short(other)} in the plain loop"
    return ""


def _equal(one: Any, other: Any) -> bool:
    try:
        if bool(one == other):
            return True
    except Exception:  # arrays have no single truth
        try:
            if bool((one == other).all()):
                return True
        except Exception:
            pass
    try:
        return pickle.dumps(one) == pickle.dumps(other)
    except Exception:
        return False


def _short(one: Any) -> str:
    text = repr(one)
    return text if len(text) <= 60 else text[:57] + "..."
