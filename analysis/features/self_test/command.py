"""Test what Breakeven says of itself, on this machine; keep it quiet meanwhile.

--intervals (half an hour): do the intervals hold? docs/method.md says how.
--detector (55 min): how often is the check wrong? docs/ci.md says how."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...files.errors import UsageError

EXAMPLES = """examples:
  breakeven self-test --intervals --out DIR       into DIR; again: goes on there
  breakeven self-test --intervals --recompute FILE...      judge data anew
  breakeven self-test --detector --suites 6 --planted 1    a taste
  breakeven self-test --detector --repo . --suites 30 --slower 5%=REF

exit codes: 0 met, or too few runs to judge; 1 not met; 2 wrong usage, or
nothing was measured; 4 the output failed; 130 interrupted"""


def add_options(parser: argparse.ArgumentParser) -> None:
    from ..detector import options as detector
    from ..intervals import options as intervals

    parser.usage = "breakeven self-test --intervals | --detector [OPTION …]"
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--intervals", action="store_true", help="test the intervals: coverage, width, rounds")
    what.add_argument("--detector", action="store_true", help="test the CI check: false alarms and power")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="measure into it, or go on there")
    parser.add_argument("--document", type=Path, metavar="FILE.md", help="also fill in the figures there")
    intervals.add_options(parser.add_argument_group("with --intervals"))
    detector.add_options(parser.add_argument_group("with --detector"))


def run(options: argparse.Namespace) -> int:
    if options.intervals == options.detector:
        raise UsageError("self-test: say what to test: --intervals or --detector")
    if options.intervals:
        from ..intervals import command as intervals

        return intervals.run(options)
    from ..detector import command as detector

    return detector.run(options)
