"""Rank the backends for a task that was never measured, or for a recorded loop,
by a cost model fitted to a file of suite grid (of Python: grid-python).
`breakeven measure` then tries the answer on this machine."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any, Callable

from ...files import profile
from ...files.errors import UsageError
from ...files.output import print_text
from ...show import units
from . import answer, nodes, prices, profiled, profiled_text, text
from .question import Question

EXAMPLES = """examples:
  breakeven advise --task 200us --in 4KiB     by a reference machine's prices
  breakeven advise results/grid/results.json --task 200us --in 4KiB --back 64B
  breakeven advise FILE --task 200us --cores 16        what would 16 cores gain?
  breakeven advise --profile resize.profile.json      a loop of yours, recorded
  breakeven advise --task 2ms --in 64KiB --nodes 2..1000 --link link.json
                   how far do hosts carry it? (doctor --hosts FILE --json)"""


def add_options(parser: argparse.ArgumentParser) -> None:
    size, count = _of(units.parse_size), _of(units.parse_count)
    parser.add_argument("file", type=Path, metavar="FILE", nargs="?",
                        help="a results.json of suite grid; default: a reference machine's prices")
    parser.add_argument("--task", type=_of(units.parse_time), metavar="TIME",
                        help="how long one task computes: 200us")
    parser.add_argument("--profile", type=Path, metavar="FILE",
                        help="instead: the loop that breakeven record wrote down")
    parser.add_argument("--in", dest="into", default=0.0, type=size, metavar="SIZE",
                        help="payload into each task: 4KiB")
    parser.add_argument("--back", default=0.0, type=size, metavar="SIZE",
                        help="payload out of each task: 64B")
    parser.add_argument("--tasks", default=1000, type=count, metavar="N", help="default: 1000")
    parser.add_argument("--workers", type=count, metavar="N", help="default: as many as cores")
    parser.add_argument("--cores", type=count, metavar="N",
                        help="of another machine than the file's: a range, by what its cores gain")
    parser.add_argument("--skew", default=0.0, type=float, metavar="S", help="0: equal tasks; 4: very uneven")
    parser.add_argument("--reads", default=0.0, type=size, metavar="SIZE",
                        help="what a task reads from memory, beyond the caches: 1MiB")
    parser.add_argument("--nodes", type=_of(nodes.parse_nodes), metavar="N..M",
                        help="instead: speed-up by the number of hosts, and where it ends")
    parser.add_argument("--link", type=Path, metavar="FILE",
                        help="of --nodes: what doctor --hosts FILE --json printed")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="of --nodes: draw it, as .svg or .png")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--out", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> None:
    if options.out is not None:
        raise UsageError(f"--out {options.out}: advise writes no file; payload out of a task is --back SIZE")
    if options.profile:
        return _of_profile(options)
    if options.task is None:
        raise UsageError(
            "say how long one task computes, for example --task 200us, or name a recorded loop: "
            "--profile"
        )
    if (options.link or options.chart) and not options.nodes:
        raise UsageError("--link and --chart go with --nodes, such as --nodes 2..1000")
    if not 0 < options.task <= 3.6e12:
        raise UsageError("--task must be more than 0 and at most an hour")
    if not 0 <= options.skew <= 8 or not math.isfinite(options.skew):
        raise UsageError("--skew must be from 0 to 8")
    if options.nodes:
        return _of_nodes(options)
    known = prices.of(options.file)
    workers, _ = _workers_and_cores(options, known)
    question = Question(
        options.task, options.into, options.back, options.tasks, workers, options.skew, options.cores,
        options.reads,
    )
    advice = answer.answer(known.model, question, known.processes)
    if options.json:
        print_text(json.dumps(text.json_form(advice, known), indent=1, allow_nan=False) + "\n")
    else:
        print_text(text.render(advice, known))


def _of_nodes(options: argparse.Namespace) -> None:
    if options.link is None:
        raise UsageError(
            "--nodes needs the link between the hosts: breakeven doctor --hosts FILE --json > link.json, and "
            "then --link link.json"
        )
    question = Question(options.task, options.into, options.back, options.tasks, 1, options.skew)
    found = nodes.answer(question, options.link, options.nodes)
    if options.chart:
        nodes.draw(found, options.chart)
    if options.json:
        print_text(json.dumps(nodes.json_form(found), indent=1, allow_nan=False) + "\n")
    else:
        print_text(nodes.render(found))


def _of_profile(options: argparse.Namespace) -> None:
    asked = {"--task": options.task, "--in": options.into, "--back": options.back, "--skew": options.skew,
             "--reads": options.reads}
    given = [flag for flag, value in asked.items() if value]
    if given:
        raise UsageError(f"{given[0]} is what --profile knows itself: leave it out")
    recorded = profile.load(options.profile)
    known = prices.of(options.file, recorded.language)
    workers, cores = _workers_and_cores(options, known)
    found = profiled.answer(known, recorded, workers, cores)
    shown = profiled_text.json_form if options.json else profiled_text.render
    print_text(shown(found, known))


def _workers_and_cores(options: argparse.Namespace, known: prices.PriceList) -> tuple[int, int]:
    cores = options.cores or known.source.usable_cores
    workers = options.workers or cores
    if options.cores and workers > cores:
        raise UsageError(
            f"--workers {workers}: more than --cores {cores}; what workers without a core cost is known of "
            "the measured machine alone"
        )
    return workers, cores


def _of(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """A type of argparse, whose complaint is that of the parser."""

    def read(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read
