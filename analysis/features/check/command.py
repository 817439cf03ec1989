"""Judge whether a build is slower than another: two builds of any program in one
schedule, or two stored results."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from ...show import charts
from . import any_program, forest, github, init, json_form, markdown, own_programs, sources, stored, terminal
from .options import (
    DEFAULT_BUDGET, EXAMPLES, OF_ANY_PROGRAM, add_options, fraction, refuse, refuse_occupied, seconds, settle,
)
from .report import Report
from ...files import place
from ...files.errors import CommandError, OutputFailed
from ...files.output import make_folder, write_atomically


__all__ = ["EXAMPLES", "add_options", "run"]


def run(options: argparse.Namespace) -> int:
    """The exit code of the verdict; on GitHub, what fails is an annotation too."""
    try:
        return _run(options)
    except CommandError as error:
        if github.is_here():
            sys.stdout.write(github.failure(str(error)))
        raise


def _run(options: argparse.Namespace) -> int:
    if options.init:
        return init.run(any_program.folder_of(options))
    out: Path = options.out or Path("results") / time.strftime("check-%Y%m%d-%H%M%S", time.gmtime())
    settle(options)
    if options.files:
        found = stored.compare(*options.files, fail_on_inconclusive=options.fail_on == "inconclusive")
    else:
        refuse_occupied(out)
        found = _own(options, out) if any_program.is_own(options) else any_program.check(options, out, _say)
    write(found, out)
    return found.exit_code


def _own(options: argparse.Namespace, out: Path) -> Report:
    """Breakeven's own programs, which take their samples themselves."""
    foreign = [name for name in OF_ANY_PROGRAM if name != "adapter"]
    refuse(options, foreign, "is for programs other than Breakeven's own; see docs/check.md")
    budget = seconds(options.budget or DEFAULT_BUDGET, "--budget")
    plant = fraction(options.plant or "0", "--plant")
    build = options.build or place.build_folder()
    head = _program(options.head, build) if options.head else sources.of_working_tree(place.checkout(), build)
    base = _program(options.base, build)
    return own_programs.check(
        base, head, out, suite=options.suite or "ci", budget_s=budget, plant=plant, progress=_say,
        fail_on_inconclusive=options.fail_on == "inconclusive",
    )


def _program(reference: str, build: Path) -> sources.Program:
    path = Path(reference)
    if path.is_file() and os.access(path, os.X_OK):
        return sources.Program(path.resolve(), reference)
    return sources.of_revision(place.checkout(), reference, build)


def write(found: Report, out: Path) -> None:
    """Prints the verdict; writes check.json, check.md, check.svg and check.png into `out`.

    In this order, so that none that fails takes one that matters more with it.
    """
    sys.stdout.write(terminal.render(found))
    if github.is_here():
        sys.stdout.write(github.render(found))
    make_folder(out)
    text = markdown.render(found)
    write_atomically(out / "check.json", json_form.render(found))
    write_atomically(out / "check.md", text.encode("utf-8", "backslashreplace"))
    github.add_summary(text)
    _draw(found, out / "check")
    sys.stdout.write(f"{out}/check.json, check.md, check.svg\n")


def _draw(found: Report, stem: Path) -> None:
    try:
        with charts.style_context():
            figure = forest.draw(found)
        charts.save(figure, stem)
    except OutputFailed:
        raise
    except Exception as error:  # of matplotlib, which raises what it likes, or is not there
        raise OutputFailed(f"{stem}.svg: cannot be drawn: {type(error).__name__}: {error}") from None


def _say(words: str) -> None:
    print(f"check: {words}", file=sys.stderr, flush=True)
