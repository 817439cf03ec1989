"""Run a serial program once and write what its loops are like: a profile of
each site. The program names its sites: in C++ by BREAKEVEN_SITE and
BREAKEVEN_TASK of bench/site.h, in Python by Site of breakeven.site;
docs/profile.md shows both."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any, Sequence

from ...files import profile
from ...files.errors import CommandError, UsageError
from ...files.output import make_folder, print_text
from . import memory, recording, text

EXAMPLES = """Writes SITE.profile.json, into the working folder or -o DIR. Then:

  breakeven advise --profile SITE.profile.json     what would threads and
                                     processes gain? which backend, which chunk?
  breakeven measure --profile SITE.profile.json    tasks of those times and
                                     bytes through every backend

examples:
  breakeven record ./resize images/
  breakeven record python3 resize.py images/
  breakeven record --memory ./multiply        does it wait for memory?
  breakeven record -o profiles -- ./resize --help

exit codes: 0 written; 1 written, but the program ended with another exit code
than 0; 2 wrong usage, or nothing was recorded; 4 the output failed; 130
interrupted"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        default=Path("."),
        metavar="DIR",
        help="where the profiles go; default: the working folder",
    )
    parser.add_argument(
        "--memory",
        action="store_true",
        help="run it twice more, beside neighbours: how memory-bound is it? (half a minute on top)",
    )
    parser.add_argument("--json", action="store_true", help="print the profiles, without the tasks' times")
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="COMMAND …", help="the program with its arguments"
    )


def run(options: argparse.Namespace) -> int:
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise UsageError("which program? breakeven record ./program ARGUMENTS")
    make_folder(options.out)
    with tempfile.TemporaryDirectory(prefix="breakeven-record-") as folder:
        ended = recording.run(command, Path(folder))
        touch = memory.first_touch_ns_per_byte()
        recorded = {
            name: {**data, "first_touch_ns_per_byte": touch}
            for name, data in recording.profiles(ended, Path(folder)).items()
        }
        if options.memory and not ended.failure:
            recorded = _with_memory(recorded, command)
    written = []
    for name, data in recorded.items():
        path = options.out / f"{name}.profile.json"
        profile.write(path, data)
        written.append(profile.checked(path, data))
    print_text(text.json_form(written) if options.json else text.render(written))
    if ended.failure:
        raise _Failed(f"{command[0]} {ended.failure}: the profile is of what it had done until then")
    return 0


def _with_memory(recorded: dict[str, dict[str, Any]], command: Sequence[str]) -> dict[str, dict[str, Any]]:
    """With the field `memory` in the profile of the longest loop."""
    longest = max(recorded, key=lambda name: float(recorded[name]["tasks_ns"]))

    def task_ns() -> float:
        with tempfile.TemporaryDirectory(prefix="breakeven-record-") as again:
            ended = recording.run(command, Path(again), quiet=True)
            return float(recording.profiles(ended, Path(again))[longest]["tasks_ns"])

    print(
        "record: twice more, beside neighbours; then what memory costs here ...", file=sys.stderr, flush=True
    )
    with tempfile.TemporaryDirectory(prefix="breakeven-record-") as folder:
        found = memory.measured(task_ns, Path(folder))
    return {**recorded, longest: {**recorded[longest], "memory": found}}


class _Failed(CommandError):
    exit_code = 1
