"""Judge whether a build is slower than another: two builds of any program in one
schedule, or two stored results."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ...show import charts
from . import (
    any_program, evidence, forest, github, init, json_form, markdown, report, sequence, sources, stored,
    terminal,
)
from .driver import Build, Driver, MeasurementFailed
from .options import (
    DEFAULT_BUDGET, EXAMPLES, OF_ANY_PROGRAM, add_options, fraction, refuse, refuse_occupied, seconds, settle,
)
from .pairs import BASE, CONTROL, HEAD
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
    sides = {BASE: base.path, HEAD: head.path, CONTROL: base.path}
    with placed_programs(out / "programs", sides) as programs:
        builds = [Build(name, path, plant if name == HEAD else 0.0) for name, path in programs.items()]
        driver = Driver(head.path, options.suite or "ci", builds, out)
        outcome = sequence.run(driver, budget, progress=_say)
    return report.of_outcome(
        outcome, evidence.of_run(driver.first), left_out=driver.left_out, base=base.described,
        head=head.described, plant=plant, fail_on_inconclusive=options.fail_on == "inconclusive",
    )


def _program(reference: str, build: Path) -> sources.Program:
    path = Path(reference)
    if path.is_file() and os.access(path, os.X_OK):
        return sources.Program(path.resolve(), reference)
    return sources.of_revision(place.checkout(), reference, build)


def libraries_of(program: Path) -> Path | None:
    """The folder lib of a program's build or installation, which holds the runtimes that it loads."""
    folder = program.resolve().parent
    found = (place for place in (folder / "lib", folder.parent / "lib") if (place / "breakeven").is_dir())
    return next(found, None)


@contextmanager
def placed_programs(folder: Path, programs: dict[str, Path]) -> Iterator[dict[str, Path]]:
    """A copy of each under names of like length; `folder` is gone in the end, however that comes.

    The place of a program's pages in memory and the length of its path can move timings by a little: in them
    head may differ from base no more than control does.
    """
    placed = {name: (folder / name.ljust(7, "_") / path.name).absolute() for name, path in programs.items()}
    try:
        for name, copy in placed.items():
            make_folder(copy.parent)
            try:
                shutil.copy2(programs[name], copy)
                if libraries := libraries_of(programs[name]):
                    (copy.parent / "lib").symlink_to(libraries, target_is_directory=True)
            except OSError as error:
                raise MeasurementFailed(f"{programs[name]}: {error.strerror}") from None
        yield placed
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
