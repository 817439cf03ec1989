"""Write one row a sample, flat, for spreadsheets and other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...files import results
from ...files.output import print_text, write_atomically
from . import rows

EXAMPLES = """examples:
  breakeven csv results/latest/results.json --out samples.csv"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a results.json")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: standard output")


def run(options: argparse.Namespace) -> None:
    text = rows.render(results.load(options.file))
    if options.out is None:
        print_text(text)
    else:
        write_atomically(options.out, text.encode("utf-8", "backslashreplace"))
