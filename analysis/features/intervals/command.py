"""`breakeven self-test --intervals`: measures or recomputes, prints, writes, says whether it held."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import Sequence

from ...files import document, place
from ...files.errors import CommandError
from ...files.output import make_folder, write_atomically
from . import data as data_file, driver, judge, plan, report
from .data import Data
from ...files.program import Program

DATA_NAME = "self-test-intervals.json.gz"


class BadRequest(CommandError):
    """Options that do not go together, or out of range."""


def run(options: argparse.Namespace) -> int:
    """0: the gates are met, or there were too few runs to judge; 1: one was missed."""
    written: list[Path] = []
    if options.recompute:
        if options.out is not None or options.program is not None:
            raise BadRequest("--recompute measures nothing: leave out --out and --program")
        measured = [data_file.read(path) for path in options.recompute]
    else:
        measured = [_measure(options)]
        written.append(options.out / DATA_NAME)
    found = judge.judge(*measured)
    if options.document is not None:
        document.fill_file(options.document, report.MARK, report.markdown(measured, found), report.NO_DATA)
        written.append(options.document)
    if options.out is not None:
        written += _write(options.out, measured, found)
    sys.stdout.write(report.terminal(measured, found) + "".join(f"{path}\n" for path in written))
    return 1 if found.is_whole and found.missed else 0


def _measure(options: argparse.Namespace) -> Data:
    if not 1 <= options.runs <= len(plan.SEEDS):
        raise BadRequest(f"--runs {options.runs}: expected 1 to {len(plan.SEEDS)}")
    if options.out is None:
        options.out = Path("results") / time.strftime("self-test-%Y%m%d-%H%M%S", time.gmtime())
    minutes = driver.expected_seconds(options.runs) / 60
    print(
        f"self-test of the intervals: {options.runs} runs and a reference run, about {minutes:.0f} min on "
        f"two quiet cores,\ninto {options.out}; if it is cut off, --out {options.out} goes on there",
        file=sys.stderr,
    )
    command = ["build/breakeven", "self-test", "--intervals"]
    if options.runs != len(plan.SEEDS):
        command += ["--runs", str(options.runs)]
    measured = driver.collect(
        Program(options.program or place.program()), options.out, options.runs, shlex.join(command),
        options.suite or plan.SUITE,
    )
    data_file.write(options.out / DATA_NAME, measured)
    return measured


def _write(folder: Path, measured: Sequence[Data], found: judge.Judgement) -> list[Path]:
    make_folder(folder)
    places = report.markdown(measured, found)
    contents = {
        "intervals.json": report.as_json(measured, found),
        "intervals.md": "\n\n".join((places["source"], places["intervals"], places["kinds"])) + "\n",
    }
    for name, content in contents.items():
        write_atomically(folder / name, content.encode("utf-8"))
    return [folder / name for name in contents]
