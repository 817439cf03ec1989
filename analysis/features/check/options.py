"""The options of `breakeven check`, and how their values are written."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from ...files import place
from ...files.errors import UsageError

EXAMPLES = """examples:
  breakeven check --base origin/main    the working tree against a revision
  breakeven check --base v1 --head v2   two revisions
  breakeven check --base HEAD --plant 10%   try it out: head does 10 % more work
  breakeven check old.json new.json     two stored results (weaker: docs/ci.md)

exit codes: 0 same or faster; 1 slower (confirmed by a second run); 5 suspect
(looks slower, could not be confirmed: give more --budget); 3 inconclusive; 2
wrong usage, a build or a measurement failed, or nothing was measured; 4 the
output failed"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="two stored results: base, head")
    parser.add_argument("--base", metavar="REF", help="git revision to compare with, or a program")
    parser.add_argument("--head", metavar="REF", help="git revision, or a program; default: the working tree")
    parser.add_argument("--suite", help="a suite of `breakeven list`, or a file; default: ci")
    parser.add_argument("--budget", metavar="TIME", help="of measuring, builds excluded; default: 4m")
    parser.add_argument("--plant", metavar="10%", help="add this much real work to the head")
    parser.add_argument("--fail-on", choices=["inconclusive"], help="exit 1 if any is undecided")
    parser.add_argument("--build", type=Path, metavar="DIR", help="of head's build; default: this program's")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="default: results/check-TIME")


# What only a measurement has a use for, and what it takes where nothing is given.
_OF_A_MEASUREMENT: dict[str, object] = {
    "base": None, "head": None, "suite": "ci", "budget": "4m", "plant": "0", "build": None,
}


def settle(options: argparse.Namespace) -> None:
    """Fills in what was not given. Raises UsageError where the words are neither two files nor a base."""
    given = [name for name in _OF_A_MEASUREMENT if getattr(options, name) is not None]
    if options.files and len(options.files) != 2:
        raise UsageError("give either two files, base's first, or --base REF")
    if options.files and given:
        raise UsageError(f"--{given[0]}: nothing is measured where two files are compared; give either")
    if not options.files and not options.base:
        raise UsageError("which base? give --base REF, such as --base origin/main, or two result files")
    for name in _OF_A_MEASUREMENT.keys() - given:
        setattr(options, name, _OF_A_MEASUREMENT[name])
    if not options.files and options.build is None:
        options.build = place.build_folder()


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
