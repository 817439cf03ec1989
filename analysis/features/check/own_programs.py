"""The check of two programs of Breakeven, which take their samples themselves, in one schedule."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator, Sequence

from . import evidence, report, sequence
from .driver import Build, Driver, MeasurementFailed
from .pairs import BASE, CONTROL, HEAD
from .report import Report
from .sources import Program
from ...files.output import make_folder


def check(
    base: Program, head: Program, out: Path, *, suite: str, budget_s: float, plant: float = 0.0,
    fail_on_inconclusive: bool = False, progress: Callable[[str], None] = lambda _: None,
    notes: Sequence[str] = (),
) -> Report:
    """`plant`: real work added to head, as a fraction. Raises MeasurementFailed where there is no verdict."""
    sides = {BASE: base.path, HEAD: head.path, CONTROL: base.path}
    with placed_programs(out / "programs", sides) as programs:
        builds = [Build(name, path, plant if name == HEAD else 0.0) for name, path in programs.items()]
        driver = Driver(head.path, suite, builds, out)
        outcome = sequence.run(driver, budget_s, progress=progress)
    return report.of_outcome(
        outcome, evidence.of_run(driver.first, notes), left_out=driver.left_out, base=base.described,
        head=head.described, plant=plant, fail_on_inconclusive=fail_on_inconclusive,
    )


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
