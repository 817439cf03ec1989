"""Whole checks of somebody's repository: how often the check is wrong with their program, on their machine.

Base and head are the same revision, or head is one that is known to be slower. Where the recipe builds, there
is a pool of links: each check gives base some of them and head others, so that they differ as two commits do
that touch something else.
"""

from __future__ import annotations

import argparse
import random
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Mapping, Sequence

from ..check import any_program
from ..check.options import fraction
from ...files.processes import Processes
from ..check.program_source import Side
from ..check.repository import Built, Repository
from ...files.errors import UsageError
from . import collection
from .collection import BUDGET, Planned

POOL = 12  # links of each revision, where it is built
_ORDER_SEED = 21


def collect(options: argparse.Namespace, out: Path, budget_s: float) -> Path:
    planted = dict(_slower(word) for word in options.slower or ())
    checks = plan(options.suites, options.planted, list(planted))
    with Processes() as processes:
        repository = Repository(options.repo, {"layouts": POOL}, processes, out)
        refs = {0.0: "HEAD", **planted}
        built = {plant: repository.built(reference) for plant, reference in refs.items()}
        own = repository.links
        adapter = any_program.adapter_of(built[0.0])
        about = {
            "suite": adapter, "program": built[0.0].described[:12], "levels": sorted(planted), "layouts": own,
        }

        def take(check: Planned) -> dict[str, Any]:
            return _take(check, built, own, processes, out / "work")

        return collection.collect_all(out, about, checks, take, budget_s)


def plan(identical: int, planted: int, levels: Sequence[float]) -> list[Planned]:
    """In random order; the layouts are drawn check by check."""
    plants = [0.0] * identical + [level for level in levels for _ in range(planted)]
    random.Random(_ORDER_SEED).shuffle(plants)
    return [Planned(i, plant, 0, 0) for i, plant in enumerate(plants)]


def _slower(word: str) -> tuple[float, str]:
    share, _, reference = word.partition("=")
    if not reference:
        raise UsageError(f"--slower {word}: expected a share and a revision, such as 5%=REF")
    return fraction(share, "--slower"), reference


def _take(
    check: Planned, built: Mapping[float, Built], links: int, processes: Processes, work: Path
) -> dict[str, Any]:
    shutil.rmtree(work, ignore_errors=True)
    numbers = random.Random(check.index).sample(range(POOL), 2 * min(links, POOL // 2))
    base = _with_links(built[0.0].side, numbers[: len(numbers) // 2])
    head = _with_links(built[check.plant].side, numbers[len(numbers) // 2:])
    source = any_program.source_of(
        replace(built[0.0], side=base), replace(built[check.plant], side=head), processes, work,
        seed=check.index + 1,
    )
    source.discover()
    outcome = any_program.judged(source, BUDGET)
    any_program.take_memory(source, outcome, BUDGET)
    machine = collection.machine(processes.context())
    beside = source.evidence("", ()).beside
    entry = {**asdict(check), **collection.summary(outcome, beside), "machine": machine}
    shutil.rmtree(work, ignore_errors=True)
    return entry


def _with_links(side: Side, numbers: Sequence[int]) -> Side:
    if not side.variants:
        return side
    variants = tuple(side.variants[number] for number in numbers)
    return replace(side, command=variants[0], variants=variants if len(variants) > 1 else ())
