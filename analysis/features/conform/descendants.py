"""The processes below another one, while they run (Linux)."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Callable

_LOOK_S = 0.01
_TICKS = os.sysconf("SC_CLK_TCK")


def below(process: int) -> list[int]:
    """Children first, then theirs."""
    found: list[int] = []
    for thread in _listed(Path(f"/proc/{process}/task")):
        found += map(int, _text(Path(f"/proc/{process}/task/{thread}/children")).split())
    return found + [one for child in found for one in below(child)]


def cpu_s(process: int) -> float:
    """So far; 0 where it has ended."""
    fields = _text(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def allowed_cpus(process: int) -> set[int]:
    """Of all its threads together."""
    found: set[int] = set()
    for thread in _listed(Path(f"/proc/{process}/task")):
        try:
            found |= os.sched_getaffinity(int(thread))
        except OSError:  # it has ended meanwhile
            continue
    return found


class Watch(threading.Thread):
    """Calls `look` every ten milliseconds until it returns True, or until the end of the `with`."""

    def __init__(self, look: Callable[[], bool]) -> None:
        super().__init__(daemon=True)
        self._look = look
        self._over = threading.Event()
        self.found = False

    def run(self) -> None:
        while not self._over.wait(_LOOK_S) and not self.found:
            self.found = self._look()

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def kill_a_worker(of: int, after_s: float, not_before_s: float = 0.0) -> Callable[[], bool]:
    """A look that ends the busiest process below the cell, which is the child of `of`, once it has worked for
    so long, and not before so much time from now: what an engine starts may compute, and be replaced, before
    its pool stands.
    """
    begin = time.monotonic()

    def look() -> bool:
        if time.monotonic() - begin < not_before_s:
            return False
        workers = below(of)[1:]
        busiest = max(workers, key=cpu_s, default=0)
        if not busiest or cpu_s(busiest) < after_s:
            return False
        try:
            os.kill(busiest, signal.SIGKILL)
        except ProcessLookupError:
            return False
        time.sleep(_LOOK_S)
        return True

    return look


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
