"""The ways in which a command can fail, each with its exit code; the message is one line for the user."""

from __future__ import annotations

import difflib
from typing import Iterable


class CommandError(Exception):
    """A failure that the user can act on: the command prints the message and ends with `exit_code`."""

    exit_code = 2


class UsageError(CommandError):
    """The command line is wrong."""


class BadResultFile(CommandError):
    """The file is missing, damaged, foreign, or of another schema version."""


class MissingDependency(CommandError):
    """A Python package that this command needs is not installed."""


class OutputFailed(CommandError):
    """The results could not be written: a full disk, a folder without permission."""

    exit_code = 4


def nearest(word: str, valid: Iterable[str]) -> str:
    """The end of a complaint about a word: the valid one that was meant, or all of them."""
    words = list(valid)
    found = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean `{found[0]}`?" if found else f"; valid are {', '.join(words)}"
