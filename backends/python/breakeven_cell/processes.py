"""The processes that this one started: which are alive, what CPU time they took, and their end."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing import util
from typing import Any

NS = 1_000_000_000
TICK_NS = NS // os.sysconf("SC_CLK_TCK")


def cpu_ns(members: Sequence[int] | None) -> int:
    """So far, of this process, its reaped children and its live descendants (those on Linux only).

    `members` are the descendants, where they stay the same: reading their clocks takes a microsecond. None:
    they are looked for, and what they have reaped themselves counts too, to 10 ms.
    """
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time_ns() + int((reaped.ru_utime + reaped.ru_stime) * NS)
    if members is not None:
        return total + sum(map(_own_ns, members))
    return total + sum(_own_ns(process) + _reaped_ns(process) for process in descendants())


def usage(members: Sequence[int] | None) -> dict[str, int]:
    """Switches, page faults and CPU times so far, under the names of docs/format.md's covariates.

    Of this process, its reaped children and its live descendants, `members` as for cpu_ns(); those that end
    before they are asked show up as reaped ones.
    """
    counts = {"voluntary_switches": 0, "involuntary_switches": 0, "minor_faults": 0, "major_faults": 0}
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        counts["voluntary_switches"] += used.ru_nvcsw
        counts["involuntary_switches"] += used.ru_nivcsw
        counts["minor_faults"] += used.ru_minflt
        counts["major_faults"] += used.ru_majflt
    for process in descendants() if members is None else members:
        try:
            status = dict(line.split(":\t", 1) for line in _read(f"/proc/{process}/status").splitlines())
            fields = _stat(process)
        except (OSError, ValueError):  # it has ended meanwhile
            continue
        counts["voluntary_switches"] += int(status.get("voluntary_ctxt_switches", 0))
        counts["involuntary_switches"] += int(status.get("nonvoluntary_ctxt_switches", 0))
        counts["minor_faults"] += int(fields[7])
        counts["major_faults"] += int(fields[9])
    caller = time.thread_time_ns()
    return {**counts, "caller_cpu_ns": caller, "workers_cpu_ns": max(cpu_ns(members) - caller, 0)}


def held_memory() -> dict[str, int | None]:
    """Proportional set size of this process and its live descendants, and their number; None: unknown."""
    members = [os.getpid(), *descendants()]
    try:
        sizes = [_pss_bytes(process) for process in members]
    except (OSError, StopIteration):  # one has ended meanwhile, or the kernel does not tell
        return {"pss_bytes": None, "processes": None}
    return {"pss_bytes": sum(sizes), "processes": len(members)}


def _pss_bytes(process: int) -> int:
    lines = _read(f"/proc/{process}/smaps_rollup").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def descendants(of: int | None = None) -> list[int]:
    """Ids of the live processes that this one started, directly or not."""
    found = []
    for child in _children(of or os.getpid()):
        found += [child, *descendants(child)]
    return found


def _children(process: int) -> list[int]:
    pids: list[int] = []
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:  # it has ended meanwhile, or there is no /proc
        return pids
    for thread in threads:
        try:
            pids += map(int, _read(f"/proc/{process}/task/{thread}/children").split())
        except OSError:  # that thread has ended meanwhile
            continue
    return pids


def _own_ns(process: int) -> int:
    try:
        return time.clock_gettime_ns((~process << 3) | 2)  # the kernel's name for the CPU clock of a process
    except OSError:  # it has ended meanwhile: whoever reaps it has its time
        return 0


def _reaped_ns(process: int) -> int:
    try:
        fields = _stat(process)
    except OSError:
        return 0
    user, system = int(fields[13]), int(fields[14])
    return (user + system) * TICK_NS


def _stat(process: int) -> list[str]:
    return _read(f"/proc/{process}/stat").rpartition(")")[2].split()


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()


def kill_workers() -> None:
    """All that live but the resource trackers, which have semaphores to take away."""
    trackers = {getattr(tracker, "_pid", None) for tracker in _trackers()}
    for process in descendants():
        if process not in trackers:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)


def take_away() -> None:
    """What multiprocessing and loky keep for the end of the program: their semaphores, for instance."""
    util._run_finalizers()  # type: ignore[attr-defined]


def stop_servers() -> None:
    """The servers of the pools would end a little after this process; no public call waits for them.

    They take away what was made and not taken away by its owner: nothing may be made after this call.
    """
    for server in (_server("multiprocessing.forkserver", "_forkserver"), *_trackers()):
        with contextlib.suppress(Exception):
            if hasattr(server, "_stop"):
                server._stop()
            elif getattr(server, "_fd", None) is not None:  # loky's, which has no such call
                os.close(server._fd)
                os.waitpid(server._pid, 0)


def _trackers() -> list[Any]:
    modules = ("multiprocessing", "joblib.externals.loky.backend", "loky.backend")
    found = (_server(f"{module}.resource_tracker", "_resource_tracker") for module in modules)
    return [tracker for tracker in found if tracker is not None]


def _server(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)
