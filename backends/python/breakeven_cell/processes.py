"""The processes that this one started: which are alive, what CPU time they took, and their end."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
from pathlib import Path

NS = 1_000_000_000
TICK_NS = NS // os.sysconf("SC_CLK_TCK")


def cpu_ns(with_descendants: bool) -> int:
    """So far. Live descendants count on Linux only; what they have reaped themselves to 10 ms."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time_ns() + int((reaped.ru_utime + reaped.ru_stime) * NS)
    return total + sum(map(_of, descendants())) if with_descendants else total


def usage() -> dict[str, int]:
    """Switches, page faults and CPU times so far, under the names of docs/format.md's covariates.

    Of this process, its reaped children and its live descendants; those that end before they are asked
    show up as reaped ones.
    """
    counts = {"voluntary_switches": 0, "involuntary_switches": 0, "minor_faults": 0, "major_faults": 0}
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        counts["voluntary_switches"] += used.ru_nvcsw
        counts["involuntary_switches"] += used.ru_nivcsw
        counts["minor_faults"] += used.ru_minflt
        counts["major_faults"] += used.ru_majflt
    for process in descendants():
        try:
            lines = Path(f"/proc/{process}/status").read_text().splitlines()
            status = dict(line.split(":\t", 1) for line in lines)
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):  # it has ended meanwhile
            continue
        counts["voluntary_switches"] += int(status.get("voluntary_ctxt_switches", 0))
        counts["involuntary_switches"] += int(status.get("nonvoluntary_ctxt_switches", 0))
        counts["minor_faults"] += int(fields[7])
        counts["major_faults"] += int(fields[9])
    caller = time.thread_time_ns()
    return {**counts, "caller_cpu_ns": caller, "workers_cpu_ns": max(cpu_ns(True) - caller, 0)}


def descendants(of: int | None = None) -> list[int]:
    """Ids of the live processes that this one started, directly or not."""
    found = []
    for child in _children(of or os.getpid()):
        found += [child, *descendants(child)]
    return found


def _children(process: int) -> list[int]:
    pids: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            pids += map(int, path.read_text().split())
        except OSError:  # that thread has ended meanwhile
            continue
    return pids


def _of(process: int) -> int:
    try:
        own = time.clock_gettime_ns((~process << 3) | 2)  # the kernel's name for the CPU clock of a process
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile: whoever reaps it has its time
        return 0
    reaped_user, reaped_system = int(fields[13]), int(fields[14])
    return own + (reaped_user + reaped_system) * TICK_NS


def kill_workers() -> None:
    """All that live but multiprocessing's resource tracker, which has semaphores to take away."""
    tracker = getattr(_server("resource_tracker"), "_pid", None)
    for process in descendants():
        if process != tracker:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)


def stop_servers() -> None:
    """multiprocessing's own servers would end a little after this process; there is no public way to wait."""
    for name in ("forkserver", "resource_tracker"):
        stop = getattr(_server(name), "_stop", None)
        if stop is not None:
            with contextlib.suppress(Exception):
                stop()


def _server(name: str) -> object:
    return getattr(sys.modules.get(f"multiprocessing.{name}"), f"_{name}", None)
