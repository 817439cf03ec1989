"""How the times of a foreign program are read: an adapter a file, by name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Mapping, Sequence

from .base import Adapter, Options, Reading
from .command import Command
from .gbench import GoogleBenchmark
from .lines import Lines
from .pytest import Pytest
from ....files.errors import UsageError

__all__ = ["ADAPTERS", "OWN", "Adapter", "Options", "Reading", "found_out", "make"]

OWN = "breakeven"  # a program of Breakeven, which takes its samples itself
ADAPTERS: Mapping[str, type[Adapter]] = {
    "gbench": GoogleBenchmark, "command": Command, "lines": Lines, "pytest": Pytest,
}
_ASK = (
    "give --adapter: gbench (Google Benchmark), pytest, lines (it prints names and times) or command (its "
    "whole time)"
)


def make(name: str, options: Options) -> Adapter:
    if name not in ADAPTERS:
        raise UsageError(f"--adapter {name}: valid are {', '.join([*ADAPTERS, OWN])}")
    return ADAPTERS[name](options)


def found_out(command: Sequence[str], folder: Path | None = None) -> str:
    """The adapter of a command, from what it says of itself without being run. Raises UsageError."""
    if _is_pytest(command):
        return "pytest"
    program = _program(command[0], folder)
    try:
        content = program.read_bytes() if program else b""
    except OSError as error:
        raise UsageError(f"{program}: cannot be read: {error.strerror}") from None
    if not content.startswith(b"\x7fELF"):
        raise UsageError(f"how does `{command[0]}` tell its times? {_ASK}")
    if b"breakeven_sample" in content:
        return OWN
    if b"libbenchmark.so" in content or b"benchmark_list_tests" in content:
        return "gbench"
    raise UsageError(f"how does `{command[0]}` tell its times? {_ASK}")


def _is_pytest(command: Sequence[str]) -> bool:
    names = [os.path.basename(word) for word in command]
    return names[0] in ("pytest", "pytest-3", "py.test") or names[1:3] == ["-m", "pytest"]


def _program(word: str, folder: Path | None) -> Path | None:
    if "/" in word:
        return (folder or Path()) / word
    found = shutil.which(word)
    return Path(found) if found else None
