"""Say what a dispatch costs in each backend, next to the best of the peers:
files of suites overhead and granularity, measured by `make compare-peers`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...files import results
from ...files.output import make_folder, print_text, write_atomically
from ...statistics import stats
from . import table

EXAMPLES = """examples:
  breakeven compare results/peers/*/results.json --out compare.json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a results.json")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="also write it as JSON")


def run(options: argparse.Namespace) -> None:
    entries = table.compare([stats.evaluate(results.load(file)) for file in options.files])
    print_text(table.table(entries))
    if options.out is not None:
        make_folder(options.out.parent)
        write_atomically(options.out, table.to_json(entries).encode())
        print_text(f"{options.out}\n")
