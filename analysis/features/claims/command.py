"""Judge the claims of a well-known answer about Python's pools by a file of
suite article-python: claims.html, claims.json and claims.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...files import results
from ...files.output import print_text
from ...statistics import stats
from . import write

EXAMPLES = """examples:
  breakeven claims results/claims-20261126-101500/results.json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a results.json of suite article-python")
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="default: the file's own folder")
    parser.add_argument("--document", type=Path, metavar="FILE.md",
                        help="also fill this document's places for figures, such as those of docs/python.md")


def run(options: argparse.Namespace) -> None:
    evaluation = stats.evaluate(results.load(options.file))
    judged, written = write(evaluation, options.out or options.file.parent, options.document)
    print_text(judged + "\n" + "".join(f"{path}\n" for path in written))
