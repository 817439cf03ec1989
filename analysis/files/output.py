"""Writes files whole or not at all, with errors that say what could not be written."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Sequence

from .errors import OutputFailed


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputFailed(f"{folder}: cannot make this folder: {error.strerror}") from None


def write_atomically(path: Path, content: bytes) -> None:
    """Writes beside the file, then renames, so that no reader and no failure ever leaves half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            temporary.write_bytes(content)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputFailed(f"{path}: cannot be written: {error.strerror}") from None


def append_lines(path: Path, lines: Sequence[str]) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise OutputFailed(f"{path}: cannot be written: {error.strerror}") from None


def print_text(text: str) -> None:
    """Writes text that may hold what UTF-8 cannot: a lone surrogate in a file's string or name."""
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
