"""What a worker of a pool is: how it begins, the task it calls, and how it is certain to end.

Spawned workers import this: it stays free of whatever they do not need.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from multiprocessing import parent_process

try:
    import fcntl  # here, so that forked workers of a pool that is timed cold find it loaded
except ImportError:  # no such thing on Windows
    fcntl = None  # type: ignore[assignment]

from breakeven_cell import workloads
from breakeven_cell.shape import Shape


KERNELS = ("python", "native")


def _unset(data: bytes) -> bytes:
    raise RuntimeError("this worker was not told its task")


_task: workloads.Task = _unset


def configure(shape: Shape, kernel: str, shared: bytes) -> None:
    """Makes the task of this process. `shared` is the input that all tasks read."""
    global _task
    if shape.workload.startswith("python/"):
        from breakeven_cell import functions

        _task = functions.function(shape.workload)
    elif kernel == "native":
        from breakeven_cell import native

        _task = native.make(shape, shared)
    else:
        _task = workloads.MAKERS[shape.workload](shape, shared)


def start(shape: Shape, kernel: str, shared: bytes) -> None:
    """The initializer of a worker process."""
    die_with_parent()
    configure(shape, kernel, shared)


def start_far(deadline_s: float, shape: Shape, kernel: str, shared: bytes) -> None:
    """The same of a process on another host, which nobody ends where the link to it is cut: it ends itself,
    five seconds after the sample's deadline.
    """
    signal.alarm(int(deadline_s) + 6)
    die_with_launcher()
    configure(shape, kernel, shared)


def die_with_launcher() -> None:
    """Ends this process with the one that started it, whatever that is (Linux)."""
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def run(data: bytes) -> bytes:
    return _task(data)


def run_indexed(item: tuple[int, bytes]) -> tuple[int, bytes]:
    """For results that come in any order."""
    index, data = item
    return index, _task(data)


def nap(seconds: float) -> int:
    """Keeps one worker busy while the pool makes the next; says which it was."""
    time.sleep(seconds)
    return os.getpid()


def die_with_parent() -> None:
    """Ends this process when the cell ends, however that happens (Linux; elsewhere the harness does it).

    Whatever the start method, a worker of multiprocessing holds the read end of a pipe whose write end lives
    as long as the cell. The kernel can send SIGIO when that closes, and its default action is to end the
    process. PR_SET_PDEATHSIG would need ctypes, whose import costs a spawned worker more than all this.
    """
    parent = parent_process()
    if parent is None or not sys.platform.startswith("linux"):
        return
    sentinel = getattr(parent, "sentinel", None)
    if sentinel is None:  # loky, whose workers take long to start anyway
        die_with_launcher()
        alive = os.getppid() == parent.pid
    else:
        fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)
        watch = select.poll()
        watch.register(sentinel, select.POLLIN)
        alive = not watch.poll(0)  # what parent.is_alive() asks, in a tenth of the time
    if not alive:
        os._exit(1)  # it ended before the lines above
