"""Say what a dispatch costs in each backend, next to the best of the peers:
files of suites overhead and granularity, and programs that fork and join,
measured by `make compare-peers`."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from ...files import results
from ...files.errors import UsageError
from ...files.output import make_folder, print_text, write_atomically
from ...statistics import stats
from . import recursion, table

EXAMPLES = """examples:
  breakeven compare results/peers/*/results.json --out compare.json
  breakeven compare --measure-recursion build-peers/lib/breakeven \\
    --workers 2,8,16 --recursion recursion.json      (takes some minutes)
  breakeven compare results/peers/*/results.json --recursion recursion.json"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a results.json")
    parser.add_argument("--recursion", type=Path, metavar="FILE",
                        help="what --measure-recursion wrote, to be compared as well")
    parser.add_argument("--measure-recursion", type=Path, metavar="FOLDER",
                        help="run the programs recursion_* of it, and write FILE first")
    parser.add_argument("--workers", type=_counts, metavar="N,N", default=None,
                        help="of --measure-recursion: 2,8,16; default: as many as cores")
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="of --measure-recursion (9)")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="also write it as JSON")


def run(options: argparse.Namespace) -> None:
    if options.measure_recursion:
        if options.recursion is None:
            raise UsageError("--measure-recursion: name the file to write with --recursion FILE")
        _measure(options)
    if not options.files and options.recursion is None:
        raise UsageError("which files? breakeven compare results/peers/*/results.json")
    others = recursion.entries(options.recursion) if options.recursion else []
    entries = table.compare([stats.evaluate(results.load(file)) for file in options.files], others)
    print_text(table.table(entries))
    if options.out is not None:
        make_folder(options.out.parent)
        write_atomically(options.out, table.to_json(entries).encode())
        print_text(f"{options.out}\n")


def _measure(options: argparse.Namespace) -> None:
    if not 1 <= options.rounds <= 1000:
        raise UsageError(f"--rounds {options.rounds}: expected 1 to 1000")
    cores = len(os.sched_getaffinity(0))
    found = recursion.measure(
        options.measure_recursion, options.workers or [cores], cores, options.rounds, recursion.progress
    )
    make_folder(options.recursion.parent)
    write_atomically(options.recursion, (json.dumps(found) + "\n").encode())


def _counts(text: str) -> list[int]:
    try:
        counts = [int(word) for word in text.split(",")]
    except ValueError:
        counts = []
    if not counts or not all(1 <= count <= 1024 for count in counts):
        raise argparse.ArgumentTypeError(f"{text}: write numbers of workers, such as 2,8,16")
    return counts
