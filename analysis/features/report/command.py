"""Write one HTML page that needs no network: what was found in words, charts,
tables, method and machine; of several files, side by side."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...files import results
from ...files.output import print_text, write_atomically
from ...show.naming import file_labels
from ...statistics import stats
from .page import render

EXAMPLES = """examples:
  breakeven report results/latest/results.json
  breakeven report a/results.json b/results.json --out report.html"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a results.json")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE",
                        help="default: report.html beside the first")


def run(options: argparse.Namespace) -> None:
    names = file_labels(options.files)
    evaluations = [(name, stats.evaluate(results.load(file))) for name, file in zip(names, options.files)]
    out: Path = options.out or options.files[0].parent / "report.html"
    write_atomically(out, render(evaluations))
    print_text(f"{out}\n")
