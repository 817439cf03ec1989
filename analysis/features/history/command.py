"""Keep the times of each commit, as ratios to a commit that runs beside it, and
mark where they changed."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Sequence

from . import foreign, page, series
from .store import Line, Ratio, Store
from ..check import any_program, options as words, revisions
from ..check.pairs import BASE, CONTROL, HEAD
from ...files.processes import Processes
from ..check.repository import Repository
from ...files.errors import UsageError
from ...files.output import make_folder, write_atomically
from ...show import tables, units
from ...statistics import stats

WORDS = ("add", "show", "page", "import", "export")
ROUNDS = 15

EXAMPLES = """examples:
  breakeven history add                     measure HEAD, add its line
  breakeven history add --anchor v2         from now on also against v2
  breakeven history show                    the last levels and all changes
  breakeven history page --out site         site/history.html and badge.svg
  breakeven history import data.js          of github-action-benchmark
  breakeven history export                  for it: customSmallerIsBetter

exit codes: 0 done; 2 wrong usage, a build or a measurement failed, or the file
is damaged; 4 the output failed"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = f"breakeven history {{{','.join(WORDS)}}} [FILE] [OPTION …]"
    add = parser.add_argument
    add("what", choices=WORDS, metavar="|".join(WORDS), help=argparse.SUPPRESS)
    add("file", nargs="?", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    add("--history", type=Path, metavar="FILE", help="default: breakeven-history.jsonl")
    add("--branch", metavar="NAME", help="keep that file on a branch of its own")
    add("--commit", metavar="REF", help="of add; default: HEAD")
    add("--anchor", metavar="REF", help="of add: a new anchor, beside the old for 5 commits")
    add("--rounds", type=int, default=ROUNDS, metavar="N", help=f"of add; default: {ROUNDS}")
    add("-o", "--out", type=Path, default=Path("results") / "history", metavar="DIR", help="of page and add")
    words.add_program_options(parser.add_argument_group("of add: the program (docs/check.md)"))


def run(options: argparse.Namespace) -> int:
    root = any_program.folder_of(options)
    store = Store(root, options.history, options.branch)
    if (options.file is None) == (options.what == "import"):
        raise UsageError(f"history {options.what}: " + (
            "give the file to read" if options.what == "import" else f"`{options.file}` is not expected"
        ))
    if options.what == "add":
        _add(options, root, store)
    elif options.what == "import":
        _import(options.file, store)
    elif options.what == "export":
        sys.stdout.write(foreign.written(store.lines()))
    elif options.what == "show":
        _show(store)
    else:
        _page(options.out, root, store)
    return 0


def _add(options: argparse.Namespace, root: Path, store: Store) -> None:
    if options.rounds < 6:
        raise UsageError(f"--rounds {options.rounds}: an interval takes 6 or more")
    lines = store.lines()
    commit = revisions.resolve(root, options.commit or "HEAD")
    if any(line.commit == commit for line in lines):
        raise UsageError(f"{commit[:12]}: is in {store.name} already")
    wanted = revisions.resolve(root, options.anchor) if options.anchor else None
    anchors = series.anchors_of_next(lines, commit, wanted)
    line = _measured(options, root, commit, anchors)
    marks = series.new_marks([*lines, line])
    store.add([Line(line.commit, line.date, line.subject, line.anchors, line.machine, marks)])
    _print_line(line)
    for mark in marks:
        change = f"{100 * (mark.ratio - 1):+.1f} %"
        sys.stdout.write(f"{mark.case}: {change} since {mark.at[:12]} (p {mark.p:.3g})\n")
    sys.stdout.write(f"added to {store.name}: {units.count(len(lines) + 1, 'commit')}\n")


def _measured(options: argparse.Namespace, root: Path, commit: str, anchors: Sequence[str]) -> Line:
    with Processes() as processes:
        repository = Repository(root, any_program.given_by(options), processes, options.out)
        own = repository.built(commit)
        repository.keep(own)
        built = []
        for anchor in anchors:
            built.append(repository.built(anchor, own.recipe))
            repository.keep(built[-1])
        source = any_program.source_of(built[0], own, processes, options.out, progress=_say)
        source.sides = {BASE: built[0].side, HEAD: own.side, CONTROL: built[-1].side}
        source.discover()
        found = source.take(options.rounds, None, math.inf)
        context = processes.context()
    ratios: dict[str, dict[str, Ratio]] = {anchor: {} for anchor in anchors}
    for name, rounds in found.items():
        for anchor, times in zip(anchors, (rounds.base, rounds.control)):
            gaps = [head - time for head, time in zip(rounds.head, times)]
            estimate = stats.median_interval(gaps).exp()
            ratios[anchor][name] = Ratio(estimate.value, estimate.low, estimate.high, rounds.count)
    form = ["log", "-1", "--format=%cI%n%s", commit]
    date, _, subject = revisions.git(root, *form).stdout.strip().partition("\n")
    machine = f"{context.cpu or 'unknown CPU'}, {units.count(context.cores, 'core')}"
    return Line(commit, date, "".join(c for c in subject if c.isprintable())[:200], ratios, machine)


def _print_line(line: Line) -> None:
    rows = [["case", *(f"of {anchor[:12]}" for anchor in line.anchors), "95 % interval"]]
    first = next(iter(line.anchors.values()))
    for name, ratio in first.items():
        others = [cases[name] for cases in line.anchors.values() if name in cases]
        interval = "-" if ratio.low is None or ratio.high is None else f"[{ratio.low:.4g}, {ratio.high:.4g}]"
        rows.append([name, *(f"{one.value:.4g}x" for one in others), interval])
    sys.stdout.write("\n".join(tables.text(rows, "l" + "r" * (len(rows[0]) - 1))) + "\n")


def _show(store: Store) -> None:
    lines = store.lines()
    if not lines:
        raise UsageError(f"{store.name}: has no line yet; `breakeven history add` makes one")
    rows = [["case", "commits", "now", "changes"]]
    marks = [mark for line in lines for mark in line.marks]
    for name, one in series.of(lines).items():
        level = math.exp(float(sorted(one.logs[-5:])[len(one.logs[-5:]) // 2]))
        own = [f"{100 * (mark.ratio - 1):+.1f} % at {mark.at[:12]}" for mark in marks if mark.case == name]
        is_paired = any(name in cases for line in lines for cases in line.anchors.values())
        now = f"{level:.4g}x" if is_paired else units.time(1e9 * level)
        rows.append([name, str(len(one.logs)), now, "; ".join(own[-3:]) or "-"])
    sys.stdout.write("\n".join(tables.text(rows, "lrrl")) + "\n")
    sys.stdout.write("now: the median of the last five, in times of the first anchor's\n")


def _page(out: Path, root: Path, store: Store) -> None:
    lines = store.lines()
    make_folder(out)
    write_atomically(out / "history.html", page.render(lines, root.name))
    write_atomically(out / "badge.svg", page.badge(lines))
    sys.stdout.write(f"{out}/history.html, badge.svg\n")


def _import(file: Path, store: Store) -> None:
    lines, without_unit = foreign.read(file)
    known = {line.commit for line in store.lines()}
    new = [line for line in lines if line.commit not in known]
    store.add(new)
    more = f"; {units.count(without_unit, 'value')} without a unit of time left out" if without_unit else ""
    sys.stdout.write(f"{units.count(len(new), 'commit')} added to {store.name}{more}\n")


def _say(text: str) -> None:
    print(f"history: {text}", file=sys.stderr, flush=True)
