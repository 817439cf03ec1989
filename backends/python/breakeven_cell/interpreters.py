"""Pools of interpreters in one process, each with a lock of its own: InterpreterPoolExecutor of
concurrent.futures from Python 3.14 on, and the same over `_interpreters` in 3.13, which has no such pool.
"""

from __future__ import annotations

import pickle
import sys
import threading
from concurrent import futures
from typing import Any

from breakeven_cell import worker
from breakeven_cell.request import UsageError

_BEGIN = """
import pickle, sys
import _interpqueues
sys.path[:] = pickle.loads(paths)
from breakeven_cell import worker
worker.configure(*pickle.loads(begin))

def call():
    try:
        answer = b"+" + pickle.dumps(worker.run(pickle.loads(data)), -1)
    except BaseException as error:
        answer = b"-" + f"{type(error).__name__}: {error}".encode()
    _interpqueues.put(answers, answer, *how)
"""
_UNBOUND = 2  # what becomes of an answer whose interpreter ended: it is dropped; nobody waits for it then


def kind() -> str:
    """What this interpreter has; raises UsageError where it has none."""
    if hasattr(futures, "InterpreterPoolExecutor"):
        return "InterpreterPoolExecutor"
    try:
        import _interpqueues  # noqa: F401
        import _interpreters  # noqa: F401
    except ImportError:
        version = ".".join(map(str, sys.version_info[:2]))
        words = f"Python {version} has no interpreters with locks of their own: 3.13 or newer has"
        raise UsageError(words) from None
    return "_interpreters"


def executor(workers: int, begin: tuple[Any, ...]) -> Any:
    """An executor of this kind. `begin`: what worker.configure gets in each interpreter."""
    if kind() == "InterpreterPoolExecutor":
        make: Any = getattr(futures, "InterpreterPoolExecutor")
        return make(workers, initializer=worker.configure, initargs=begin)
    return _Executor(workers, begin)


class _Executor(futures.ThreadPoolExecutor):
    """A thread for each interpreter. Inputs and results cross pickled, as bytes."""

    def __init__(self, workers: int, begin: tuple[Any, ...]) -> None:
        self._own = threading.local()
        self._made: list[tuple[int, int]] = []
        self._begin = pickle.dumps(begin), pickle.dumps(sys.path)
        super().__init__(workers, initializer=self._open)

    def _open(self) -> None:
        import _interpqueues as queues
        import _interpreters as interpreters

        own = self._own
        own.number = interpreters.create("isolated", reqrefs=False)
        own.answers = queues.create(0, 0, _UNBOUND)
        self._made.append((own.number, own.answers))
        begin, paths = self._begin
        known = {"begin": begin, "paths": paths, "answers": own.answers, "how": (0, _UNBOUND)}
        interpreters.set___main___attrs(own.number, known)
        failed = interpreters.exec(own.number, _BEGIN)
        if failed is not None:
            raise RuntimeError(f"an interpreter cannot begin: {failed.formatted}")

    def submit(self, function: Any, /, *inputs: Any, **named: Any) -> Any:
        if function is not worker.run:
            return super().submit(function, *inputs, **named)  # a nap, which keeps its thread busy
        return super().submit(self._run, *inputs)

    def _run(self, data: Any) -> Any:
        import _interpqueues as queues
        import _interpreters as interpreters

        own = self._own
        interpreters.set___main___attrs(own.number, {"data": pickle.dumps(data, -1)})
        failed = interpreters.exec(own.number, "call()")
        if failed is not None:
            raise RuntimeError(failed.formatted)
        answer = queues.get(own.answers)[0]
        if answer[:1] == b"-":
            raise RuntimeError(answer[1:].decode(errors="replace"))
        return pickle.loads(answer[1:])

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        import _interpqueues as queues
        import _interpreters as interpreters

        while self._made:
            number, answers = self._made.pop()
            interpreters.destroy(number)
            queues.destroy(answers)
