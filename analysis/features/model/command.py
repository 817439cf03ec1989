"""Print the cost model of a file of suite grid: what each backend charges for a
start, a task and a byte, and how far off it is on shapes that it did not see."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...files import results
from ...files.output import print_text
from ...statistics import model
from . import text

EXAMPLES = """examples:
  breakeven model results/grid/results.json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a results.json of suite grid")


def run(options: argparse.Namespace) -> None:
    print_text(text.render(model.fit_results(results.load(options.file))))
