"""The options of `python3 -m analysis self-test detector`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..check.options import ROOT

DETECTOR = """Measures the check's own false-alarm rate and power on this machine: whole checks with the
shipped rule, of builds of identical source whose layout in memory differs, with nothing or some per cent of
real work planted in head. Beside it, on the same data: other tools' rules. About 55 min; every check
is kept as it ends, and the same command goes on where it was cut off.

  breakeven self-test --detector                                  (into results/self-test-detector)
  breakeven self-test --detector --suites 6 --planted 1           a taste, some 4 minutes
  python3 -m analysis self-test detector --table FILE.jsonl       the table of what was measured

Exit codes: 0 every target is met, or there are too few checks to judge (below 60, or below 10 at each planted
level); 1 one is missed; 2 wrong usage, or nothing was measured; 4 the output failed; 130 interrupted."""


def add_options(parts: Any) -> None:
    """`parts`: the subparsers of `self-test`."""
    detector = parts.add_parser(
        "detector", help="false alarms and power of the check", description=DETECTOR, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    detector.add_argument("--suites", type=int, default=60, help="checks of identical code; default: 60")
    detector.add_argument("--planted", type=int, default=10, help="checks at each planted level; default: 10")
    detector.add_argument("--suite", default="ci", help="default: ci")
    detector.add_argument("--budget", help="begin no further check after this time, such as 50m")
    detector.add_argument("--build", type=Path, default=ROOT / "build", metavar="DIR", help="default: build")
    out = ROOT / "results" / "self-test-detector"
    detector.add_argument("-o", "--out", type=Path, default=out, metavar="DIR", help=f"default: {out.name}")
    detector.add_argument("--table", type=Path, metavar="FILE.jsonl", help="only show what this file holds")
    detector.add_argument("--document", type=Path, metavar="FILE.md", help="also put the table there")
