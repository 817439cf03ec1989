"""Print a table a block: time, speed-up, interval, efficiency."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...files import results
from ...files.output import print_text
from ...show import summary
from ...statistics import stats

EXAMPLES = """examples:
  breakeven summary results/latest/results.json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a results.json")


def run(options: argparse.Namespace) -> None:
    print_text(summary.render(stats.evaluate(results.load(options.file))))
