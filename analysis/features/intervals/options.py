"""The options of `breakeven self-test --intervals`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import plan


def add_options(group: Any) -> None:
    """`group`: of the parser of `self-test`."""
    group.add_argument("--program", type=Path, metavar="PATH", help="default: the program that was started")
    group.add_argument("--runs", type=int, default=len(plan.SEEDS), metavar="N",
                       help=f"fewer for a quick look; the gates need {len(plan.SEEDS)}")
    group.add_argument("--recompute", type=Path, metavar="FILE", nargs="+", action="extend",
                       help="measure nothing: judge this data, of several together")
    group.add_argument("--suite", help=argparse.SUPPRESS)
