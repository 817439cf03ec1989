"""The options of `python3 -m analysis self-test intervals`."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import plan


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--program", type=Path, metavar="PATH", help="the measuring program, build/breakeven")
    parser.add_argument(
        "--runs", type=int, default=len(plan.SEEDS), metavar="N",
        help=f"fewer runs for a quick look; the gates need {len(plan.SEEDS)}",
    )
    parser.add_argument("--out", type=Path, metavar="DIR",
                        help="measure into this folder, or go on there (default: a new one in results/)")
    parser.add_argument("--recompute", type=Path, metavar="FILE", nargs="+", action="extend",
                        help="measure nothing: judge this data, of several self-tests together")
    parser.add_argument("--document", type=Path, metavar="FILE.md", help="also fill this document's places")
    parser.add_argument("--suite", default=plan.SUITE, help=argparse.SUPPRESS)
