"""The processes of a session, seen from outside, and waiting for what must happen to them. Linux."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE_S = 60  # for what must happen soon, on however busy a machine
BUSY_S = 0.2  # of CPU time: more than coming up takes


def _status(process: int) -> list[str]:
    """State, parent, process group, session and so on; OSError where it is gone."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def session_members(session: int) -> list[int]:
    """Live processes (zombies are none) of a session."""
    members = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = _status(int(folder.name))
        except OSError:
            continue
        if int(status[3]) == session and status[0] != "Z":
            members.append(int(folder.name))
    return members


def _generation(process: int, first: int) -> int:
    """How far below the first process it stands; 0 for that one, and for orphans."""
    generation = 0
    while process not in (first, 0):
        process = int(_status(process)[1])
        generation += 1
    return generation if process == first else 0


def busy_worker(session: int, generation: int = 1) -> int | None:
    """A process well into its work, so many generations or more below the session's first."""
    for process in session_members(session):
        try:
            cpu_clock = (~process << 3) | 2  # as clock_getcpuclockid(3) makes it
            if _generation(process, session) >= generation and time.clock_gettime(cpu_clock) > BUSY_S:
                return process
        except OSError:
            continue
    return None


def eventually(condition: Callable[[], Any]) -> Any:
    """What the condition says once it is true; fails where that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
    return found
