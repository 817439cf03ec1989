"""Runs the measuring program as a child that does not outlive this process."""

from __future__ import annotations

import ctypes
import signal
import subprocess
from pathlib import Path
from typing import Sequence

from .errors import CommandError

_PR_SET_PDEATHSIG = 1
_SAMPLE_FAILED = 1  # its exit code where results are written all the same


class MeasurementFailed(CommandError):
    """The program could not measure; the message is its own."""


def _die_with_the_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Program:
    """`breakeven`; not thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def run(self, words: Sequence[str]) -> None:
        """Raises MeasurementFailed, with the program's last words, where nothing was measured."""
        try:
            process = subprocess.Popen(
                [str(self.path), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                preexec_fn=_die_with_the_parent,
            )
        except OSError as error:
            raise MeasurementFailed(f"{self.path}: cannot be run: {error.strerror}") from None
        try:
            said = process.communicate()[1]
        except KeyboardInterrupt:
            process.terminate()  # it ends its sample and writes what it has
            process.communicate()
            raise
        if process.returncode in (0, _SAMPLE_FAILED):
            return
        if process.returncode in (130, 143):
            raise KeyboardInterrupt
        lines = [line for line in said.splitlines() if line.startswith("breakeven: ")]
        ended = f"ended with exit code {process.returncode}"
        last = lines[-1][len("breakeven: "):] if lines else ended
        failed = MeasurementFailed(f"{self.path.name} {' '.join(words[:2])}: {last}")
        failed.exit_code = 4 if process.returncode == 4 else 2
        raise failed
