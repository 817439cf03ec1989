"""`breakeven self-test --detector`."""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path

from ...files import place
from ...files.errors import CommandError, OutputFailed, UsageError
from ..check.options import seconds
from ...files.output import write_atomically
from . import collection, table

BEGIN, END = "<!-- self-test detector: begin -->", "<!-- self-test detector: end -->"


def run(options: argparse.Namespace) -> int:
    """1 where there are checks enough to judge and a target is missed; else 0."""
    file: Path = options.table or _collect(options)
    header, checks = collection.read(file)
    text = table.render(header, checks)
    if options.document:
        write_atomically(options.document, in_place(options.document, text).encode())
    sys.stdout.write(text)
    missed = any(target.met is False for target in table.targets(checks, header))
    return 1 if missed and table.is_whole(checks, header) else 0


def _collect(options: argparse.Namespace) -> Path:
    if options.suites < 0 or options.planted < 0 or options.suites + options.planted == 0:
        raise UsageError("--suites and --planted are counts, and not both 0")
    budget = seconds(options.budget, "--budget") if options.budget else math.inf
    folder = options.out or Path("results") / "self-test-detector"
    if options.repo:
        from . import repository

        return repository.collect(options, folder, budget)
    if options.slower:
        raise UsageError("--slower: names a revision of --repo")
    checks = collection.plan(options.suites, options.planted)
    build = options.build or place.build_folder()
    return collection.collect(build, folder, options.suite or "ci", checks, budget)


def in_place(document: Path, text: str) -> str:
    """The document with the table between its marks."""
    try:
        old = document.read_text(encoding="utf-8")
    except OSError as error:
        raise OutputFailed(f"{document}: cannot be read: {error.strerror}") from None
    new, times = re.subn(
        f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: f"{BEGIN}\n{text}{END}", old, flags=re.DOTALL
    )
    if times != 1:
        raise NoPlace(f"{document}: has no place `{BEGIN}` … `{END}` for the table")
    return new


class NoPlace(CommandError):
    """A document without marks."""
