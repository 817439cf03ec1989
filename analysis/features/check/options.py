"""The options of `breakeven check`, and how their values are written."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, Sequence

from ...files.errors import UsageError

DEFAULT_BUDGET = "4m"

EXAMPLES = """examples:
  breakeven check --init                write breakeven.json, to begin with
  breakeven check --base origin/main    the working tree against a revision
  breakeven check --base old/bench --head new/bench        two programs
  breakeven check --base 'sort a' --head 'sort -u a' --adapter command
  breakeven check old.json new.json     two stored results (weaker: docs/ci.md)

exit codes: 0 same or faster; 1 slower, and confirmed; 5 suspect (not confirmed:
give more --budget); 3 inconclusive; 2 wrong usage, a build or a sample failed,
or nothing was measured; 4 the output failed"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "breakeven check --base REF [OPTION …]"
    add = parser.add_argument
    add("files", nargs="*", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    add("--base", metavar="REF", help="git revision, a program, or a command in quotes")
    add("--head", metavar="REF", help="the same; default: the working tree")
    add("--budget", metavar="TIME", help="of measuring, builds excluded; default: 4m")
    add("--fail-on", choices=["inconclusive"], metavar="inconclusive", help="exit 1 if any is undecided")
    add("-o", "--out", type=Path, metavar="DIR", help="default: results/check-TIME")
    other = parser.add_argument_group("any program (docs/check.md)")
    other.add_argument("--init", action="store_true", help="write breakeven.json for this repository")
    add_program_options(other)
    own = parser.add_argument_group("Breakeven's own programs")
    add = own.add_argument
    add("--suite", help="of `breakeven list`, or a file; default: ci")
    add("--plant", metavar="10%", help="add this much real work to the head")
    add("--build", type=Path, metavar="DIR", help="of head's build; default: this program's")


def add_program_options(group: Any) -> None:
    """How any program is built and measured: what breakeven.json says otherwise."""
    add = group.add_argument
    add("--repo", type=Path, metavar="DIR", help="the repository; default: around here")
    add("--build-command", metavar="CMD", help="may hold {build}, {source}, {jobs}")
    add("--run-command", metavar="CMD", help="what measures, such as '{build}/bench'")
    add("--adapter", metavar="NAME", help="gbench, pytest, lines or command")
    add("--filter", metavar="REGEX", help="which benchmarks")
    add("--prepare", metavar="CMD", help="before each sample, untimed")
    add("--expect-same-output", action="store_true", help="of --adapter command")
    add("--layouts", type=int, metavar="N", help="links of each build, one drawn a sample")


# What one kind of check alone has a use for.
_MEASURED: tuple[str, ...] = ("base", "head", "budget")
OF_OWN_PROGRAMS: tuple[str, ...] = ("suite", "plant", "build")
OF_ANY_PROGRAM: tuple[str, ...] = (
    "repo", "build_command", "run_command", "adapter", "filter", "prepare", "expect_same_output", "layouts",
)


def given(options: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """Those that were given, as they are written."""
    return [f"--{name.replace('_', '-')}" for name in names if getattr(options, name)]


def refuse(options: argparse.Namespace, names: Sequence[str], why: str) -> None:
    if found := given(options, names):
        raise UsageError(f"{found[0]}: {why}")


def refuse_occupied(out: Path) -> None:
    try:
        occupied = out.exists() and any(out.iterdir())
    except OSError as error:  # a file, or a folder that may not be read
        raise UsageError(f"{out}: {error.strerror}; give --out a new folder") from None
    if occupied:
        raise UsageError(f"{out}: is not empty; choose another --out")


def settle(options: argparse.Namespace) -> None:
    """Raises UsageError where the words are neither two files nor a base."""
    if options.files and len(options.files) != 2:
        raise UsageError("give either two files, base's first, or --base REF")
    if options.files:
        measured = (*_MEASURED, *OF_OWN_PROGRAMS, *OF_ANY_PROGRAM)
        refuse(options, measured, "nothing is measured where two files are compared; give either")
    if not options.files and not options.base:
        raise UsageError("which base? give --base REF, such as --base origin/main, or two result files")


def seconds(text: str, option: str) -> float:
    """Of `90s`, `4m` or `1h`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)", text)
    if not match or float(match[1]) == 0:
        raise UsageError(f"{option} {text}: expected a time such as 90s or 4m")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def fraction(text: str, option: str) -> float:
    """Of `10%` or `0.1`; at most 10."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", text)
    value = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= value <= 10:
        raise UsageError(f"{option} {text}: expected a share such as 10% or 0.1")
    return value
