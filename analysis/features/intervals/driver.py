"""Measures: the runs that stop by the rule, then the long reference run; never what is measured already.

A run is one folder. The rule is asked between looks; `breakeven run --resume` then adds the rounds up to the
next look for the cases that still need them.
"""

from __future__ import annotations

import math
import shutil
import sys
import time
from pathlib import Path
from typing import Sequence

from ...files import results
from ...files.output import make_folder, write_atomically
from ...files.results import Results
from . import plan
from .comparisons import open_comparisons
from .data import Data, Run, run_of, subjects_of
from ...files.program import Program

_BUILDS = (plan.FIRST, plan.SECOND, plan.PLANTED)
# Of one run and of a round of the reference, on two cores: for the first estimate, before any was measured.
_RUN_S, _REFERENCE_ROUND_S = 54.0, 0.42


def expected_seconds(runs: int) -> float:
    return runs * _RUN_S + plan.reference_rounds(runs) * _REFERENCE_ROUND_S


def collect(program: Program, folder: Path, runs: int, command: str, suite: str = plan.SUITE) -> Data:
    """All of it; goes on where an earlier call on the same folder ended."""
    make_folder(folder)
    progress = _Progress(runs)
    files: list[Results] = []
    for seed in plan.SEEDS[:runs]:
        files.append(_run(program, folder / f"run-{seed:02}", suite, seed, progress))
    reference = _reference(program, folder / "reference", suite, plan.reference_rounds(runs), progress)
    subjects = {s.name: s for file in (*files, reference) for s in subjects_of(file)}
    context = files[0].context
    return Data(
        provenance={
            "cpu": context.cpu,
            "cores": context.cores,
            "kernel": context.kernel,
            "date": context.date,
            "version": context.version,
            "git_revision": context.git_revision,
            "compiler": context.compiler,
            "command": command,
        },
        subjects=tuple(subjects[name] for name in sorted(subjects)),
        runs=tuple(run_of(file, _BUILDS) for file in files),
        reference=run_of(reference, _BUILDS[:1]),
    )


def _run(program: Program, folder: Path, suite: str, seed: int, progress: _Progress) -> Results:
    """One run, to the end of all its comparisons."""
    path = program.path
    planted = f"{plan.PLANTED}={path},extra={plan.EXTRA * 100:g}%"
    builds = [f"{plan.FIRST}={path}", f"{plan.SECOND}={path}", planted]
    looks = plan.RULE.looks()
    rounds = looks[0]
    file = _begin(program, folder, suite, seed, rounds, builds)
    while True:
        run = run_of(file, _BUILDS)
        rounds = max(rounds, max((series.rounds for series in run.series.values()), default=0))
        cases = {s.name for s in subjects_of(file) if s.is_case}
        still = sorted(name for name in cases if open_comparisons(run.series[name]))
        progress.look(seed, rounds, len(still), len(cases))
        if not still or rounds >= looks[-1]:
            break
        rounds = next_look(looks, rounds, run, still)
        only = folder / "open.txt"
        write_atomically(only, "".join(f"{name}\n" for name in still).encode())
        program.run(["run", "--resume", str(folder), "--rounds", str(rounds), "--only", str(only)])
        file = results.load(folder / "results.json")
    progress.run_done(seed)
    return file


def next_look(looks: Sequence[int], rounds: int, run: Run, still: Sequence[str]) -> int:
    """The next look that can stop a case: none before the rounds span as much as the rule asks.

    Skipping looks changes no verdict, for the rule goes through all of them afterwards; it saves starting the
    program.
    """
    starts = [run.series[name].starts_s for name in still]
    slowest = max((each[-1] - each[0]) / max(1, len(each) - 1) for each in starts)
    enough = 1 + math.floor(0.98 * plan.RULE.least_span_s() / slowest) if slowest > 0 else looks[-1]
    return next((look for look in looks if look > rounds and look >= enough), looks[-1])


def _reference(program: Program, folder: Path, suite: str, rounds: int, progress: _Progress) -> Results:
    progress.reference(rounds)
    build = [f"{plan.FIRST}={program.path}"]
    return _begin(program, folder, suite, plan.REFERENCE_SEED, rounds, build)


def _begin(
    program: Program, folder: Path, suite: str, seed: int, rounds: int, builds: Sequence[str]
) -> Results:
    """A new run of so many rounds; or, where the folder holds one, what that was going to do."""
    journal = folder / "journal.jsonl"
    if journal.exists() and b"\n" not in journal.read_bytes()[:1 << 20]:
        shutil.rmtree(folder)  # cut off before it had measured anything
    if journal.exists():
        program.run(["run", "--resume", str(folder)])
    else:
        words = ["run", suite, "--seed", str(seed), "--rounds", str(rounds)]
        words += ["--out", str(folder / "results.json")]
        program.run([*words, *(word for build in builds for word in ("--build", build))])
    return results.load(folder / "results.json")


class _Progress:
    """On a terminal one line that changes; else a line a run. On standard error."""

    def __init__(self, runs: int) -> None:
        self._runs = runs
        self._terminal = sys.stderr.isatty()
        self._start = time.monotonic()
        self._run_start = self._start
        self._took: list[float] = []

    def look(self, seed: int, rounds: int, still: int, cases: int) -> None:
        if self._terminal:
            text = f"run {seed} of {self._runs}: {rounds} rounds, {still} of {cases} cases open"
            self._say(text + self._left(seed - 1), "\r\033[K", "")

    def run_done(self, seed: int) -> None:
        now = time.monotonic()
        took, self._run_start = now - self._run_start, now
        if took > 10:  # shorter: it was measured before
            self._took.append(took)
        if not self._terminal:
            self._say(f"run {seed} of {self._runs}: {took:.0f} s{self._left(seed)}")

    def reference(self, rounds: int) -> None:
        seconds = rounds * _REFERENCE_ROUND_S
        text = f"the reference run: {rounds} rounds, about {seconds:.0f} s"
        self._say(text, "\r\033[K" if self._terminal else "")

    def _left(self, done: int) -> str:
        each = sum(self._took) / len(self._took) if self._took else _RUN_S
        seconds = (self._runs - done) * each + plan.reference_rounds(self._runs) * _REFERENCE_ROUND_S
        return f", about {seconds / 60:.0f} min left"

    @staticmethod
    def _say(text: str, before: str = "", after: str = "\n") -> None:
        print(before + text, end=after, file=sys.stderr, flush=True)
