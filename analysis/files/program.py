"""Runs the measuring program as a child that does not outlive this process."""

from __future__ import annotations

import ctypes
import json
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from . import place
from .errors import CommandError

_PR_SET_PDEATHSIG = 1
# Looked up here: between fork and exec a thread that the child does not have may hold the loader's lock.
_PRCTL = ctypes.CDLL(None).prctl
_SIGTERM = int(signal.SIGTERM)
_SAMPLE_FAILED = 1  # its exit code where results are written all the same


class MeasurementFailed(CommandError):
    """The program could not measure; the message is its own."""


def die_with_the_parent() -> None:
    _PRCTL(_PR_SET_PDEATHSIG, _SIGTERM)


def completed(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """The command, ended, with what it said. It ends with this process, and before an interruption goes on.

    Raises OSError where it cannot be started.
    """
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        preexec_fn=die_with_the_parent,
    )
    try:
        out, err = process.communicate()
    except KeyboardInterrupt:
        process.terminate()  # it ends its sample and writes what it has
        process.communicate()
        raise
    return subprocess.CompletedProcess(list(command), process.returncode, out, err)


@dataclass(frozen=True)
class Answer:
    """What the measuring program says of a result file: of its first build in sentences, and which backends'
    tasks run in other processes."""

    sentences: tuple[str, ...]
    processes: tuple[str, ...]


def answer_of(file: Path) -> Answer:
    """Raises MeasurementFailed where it cannot say."""
    command = [str(place.program()), "summary", str(file.absolute()), "--json"]
    try:
        process = completed(command)
    except OSError as error:
        raise MeasurementFailed(f"{command[0]}: cannot be run: {error.strerror}") from None
    if process.returncode != 0:
        said = process.stderr.strip().splitlines() or [f"ended with exit code {process.returncode}"]
        raise MeasurementFailed(said[-1].removeprefix("breakeven: "))
    found = json.loads(process.stdout)
    sentences = found["builds"][0]["answer"] if found["builds"] else ()
    return Answer(tuple(str(one["text"]) for one in sentences), tuple(map(str, found["processes"])))


class Program:
    """`breakeven`; not thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def run(self, words: Sequence[str]) -> None:
        """Raises MeasurementFailed, with the program's last words, where nothing was measured."""
        try:
            process = completed([str(self.path), *words])
        except OSError as error:
            raise MeasurementFailed(f"{self.path}: cannot be run: {error.strerror}") from None
        said = process.stderr
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
