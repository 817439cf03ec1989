"""Says shortly before the deadline what the sample waits for: the entry of `failures` quotes it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

from breakeven_cell import processes

NOTICE = 0.8  # of the deadline


class Watch:
    """A timer's signal, so that the cell has no further thread and is free to fork. One per process."""

    def __init__(self, deadline_s: float) -> None:
        self._waiting_for = "the first run"
        self.workers: Iterable[Any] = ()  # the processes of the pool that is open, as their pool made them
        self._deadline_s = deadline_s

    def __enter__(self) -> Watch:
        signal.signal(signal.SIGALRM, self._notice)
        signal.setitimer(signal.ITIMER_REAL, self._deadline_s * NOTICE)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def waits_for(self, what: str) -> None:
        self._waiting_for = what

    def _notice(self, number: int, frame: FrameType | None) -> None:
        text = f"still waiting for {self._waiting_for}"
        gone = {worker.pid for worker in list(self.workers)} - set(processes.descendants())
        if gone:
            text += f"; worker {min(gone)} has ended meanwhile"
        print(text, file=sys.stderr, flush=True)
