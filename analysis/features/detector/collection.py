"""Collects whole checks with the shipped rule, one line of JSON each, and goes on where it was cut off."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, Sequence

from ...statistics import stats
from ..check import metrics, own_programs, sequence
from ..check.driver import Build, Driver
from ..check.pairs import BASE, CONTROL, HEAD, Rounds
from ..check.sequence import CaseOutcome, Outcome
from ...files.errors import CommandError
from ...files.output import make_folder
from ...files.results import Context
from . import layouts, rivals

SCHEMA = 1
LEVELS = (0.02, 0.05, 0.10)
BUDGET = 240.0  # of each check, seconds: as shipped
_ORDER_SEED = 20


class CannotGoOn(CommandError):
    """The file holds checks of another program or suite."""


@dataclass(frozen=True)
class Planned:
    """One check: `base` and `head` are layouts, `plant` the work added to head, as a fraction."""

    index: int
    plant: float
    base: int
    head: int


def plan(identical: int, planted: int) -> list[Planned]:
    """Identical and planted checks in random order, so that all kinds see the same hours of the machine. Base
    and head never share a layout.
    """
    plants = [0.0] * identical + [level for level in LEVELS for _ in range(planted)]
    random.Random(_ORDER_SEED).shuffle(plants)
    count = len(layouts.PADDING)
    return [
        Planned(i, plant, i % count, (i + 1 + i // count % (count - 1)) % count)
        for i, plant in enumerate(plants)
    ]


def collect(
    build: Path, out: Path, suite: str, checks: Sequence[Planned], budget_s: float = math.inf
) -> Path:
    """Of Breakeven's own program and a suite."""
    make_folder(out)
    programs = layouts.build(build, out / "programs")
    about = {"suite": suite, "program": digest(build / "breakeven")}
    file = collect_all(out, about, checks, lambda check: take(check, programs, out / "work", suite), budget_s)
    shutil.rmtree(out / "programs", ignore_errors=True)
    return file


def collect_all(
    out: Path, about: Mapping[str, Any], checks: Sequence[Planned],
    take: Callable[[Planned], dict[str, Any]], budget_s: float,
) -> Path:
    """Takes the checks that are not in the file yet, each on the disk before the next begins; the file."""
    make_folder(out)
    file = out / "detector.jsonl"
    header = {"schema": SCHEMA, **about, "checks": len(checks)}
    done = _done_before(file, header)
    started, taken = time.monotonic(), 0
    todo = [check for check in checks if check.index not in done]
    for check in todo:
        if time.monotonic() - started >= budget_s:
            break
        entry = take(check)
        _append(file, entry)
        taken += 1
        _progress(entry, len(checks) - len(todo) + taken, len(checks), time.monotonic() - started, taken)
    return file


def take(check: Planned, programs: Sequence[Path], work: Path, suite: str) -> dict[str, Any]:
    """One whole check, as `breakeven check` runs it, in a few words."""
    shutil.rmtree(work, ignore_errors=True)
    sides = {BASE: programs[check.base], HEAD: programs[check.head], CONTROL: programs[check.base]}
    with own_programs.placed_programs(work / "programs", sides) as placed:
        builds = [Build(name, path, check.plant if name == HEAD else 0.0) for name, path in placed.items()]
        driver = Driver(placed[HEAD], suite, builds, work, seed=check.index + 1)
        outcome = sequence.run(driver, BUDGET)
    entry = {**asdict(check), **summary(outcome), "machine": machine(driver.first.context)}
    shutil.rmtree(work, ignore_errors=True)
    return entry


def summary(outcome: Outcome, beside: Mapping[str, Mapping[str, Rounds]] = {}) -> dict[str, Any]:
    """`beside`: by metric and case, what was measured beside the time."""
    return {
        "verdict": outcome.word.value,
        "seconds": round(outcome.seconds, 1),
        "cases": [
            {"name": name, **_case(case), **_beside(name, beside)} for name, case in outcome.cases.items()
        ],
    }


def _beside(name: str, beside: Mapping[str, Mapping[str, Rounds]]) -> dict[str, Any]:
    words = {metric: metrics.judge(cases[name]).word for metric, cases in beside.items() if name in cases}
    return {"beside": words} if words else {}


def _case(case: CaseOutcome) -> dict[str, Any]:
    change = stats.median_interval(case.rounds.change).exp()
    base, head = ([math.exp(t) for t in times] for times in (case.rounds.base, case.rounds.head))
    return {
        "verdict": case.judged.word.value,
        "rounds": case.rounds.count,
        "confirmation": case.again.count if case.again else 0,
        "change": round(change.value, 5),
        "low": None if change.low is None else round(change.low, 5),
        "high": None if change.high is None else round(change.high, 5),
        **{name: rule(base, head) for name, rule in rivals.RULES.items()},
    }


def machine(context: Context) -> dict[str, Any]:
    return {"cpu": context.cpu, "cores": context.cores, "kernel": context.kernel, "date": context.date,
            "git_revision": context.git_revision, "suite_digest": context.suite_digest}


def digest(program: Path) -> str:
    return hashlib.sha256(program.read_bytes()).hexdigest()[:12]


def read(file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The header and the checks; a line that was cut off by a crash is left out."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise CannotGoOn(f"{file}: cannot be read: {error.strerror}") from None
    entries = list(_whole(lines))
    if not entries or entries[0].get("schema") != SCHEMA:
        raise CannotGoOn(f"{file}: is not a file of `self-test detector`, or of another version")
    return entries[0], entries[1:]


def _whole(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines[:-1]:  # the last has no end, or is empty
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            raise CannotGoOn("a line in the middle of the file is damaged; remove it") from None


def _done_before(file: Path, header: dict[str, Any]) -> set[int]:
    if not file.exists() or not file.read_bytes():
        _append(file, header)
        return set()
    found, entries = read(file)
    for key, value in header.items():
        if found.get(key) != value:
            raise CannotGoOn(
                f"{file}: was begun with another {key} ({found.get(key)}, now {value}); choose another --out"
            )
    whole = file.read_bytes()
    os.truncate(file, whole.rfind(b"\n") + 1)
    return {entry["index"] for entry in entries}


def _append(file: Path, entry: dict[str, Any]) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry, separators=(",", ":"), allow_nan=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _progress(entry: dict[str, Any], done: int, of: int, seconds: float, taken: int) -> None:
    planted = f"{100 * entry['plant']:+g} %" if entry["plant"] else "identical"
    left = seconds / taken * (of - done) / 60
    verdict = f"{entry['verdict']} in {entry['seconds']:.0f} s"
    words = f"self-test: {done}/{of} {planted}: {verdict}; about {left:.0f} min left"
    print(words, file=sys.stderr, flush=True)
