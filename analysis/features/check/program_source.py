"""Takes the check's rounds of any program: each sample a fresh process, read by an adapter.

The three builds' samples of a case stand next to each other in random order. What a binary's place in memory
does to its timings is not fixed for a build: every process gets a random number of bytes in its environment,
which moves its stack.
"""

from __future__ import annotations

import json
import math
import random
import shlex
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any, Callable, Collection, Iterable, Mapping, Sequence

from . import layout_rule, pairs
from .adapters import Adapter, Reading
from .adapters.base import HELD, TIME
from .driver import MeasurementFailed
from .evidence import Evidence
from .pairs import BASE, HEAD, Rounds
from ...files.processes import Processes, SampleFailed
from ...files.output import append_lines, make_folder
from ...show import units

SHIFT = "BREAKEVEN_SHIFT"  # the variable whose length moves the stack
_LARGEST_SHIFT = 4096  # bytes: a page
_PROGRESS_S = 10.0
_FIRST, _AGAIN, _WATCHED = "run", "confirmation", "memory"
_OF_RUN = {_FIRST: "", _AGAIN: " of the confirmation", _WATCHED: " of those for memory"}
MEMORY_ROUNDS = 8  # the fewest that have a 99 % interval of the median


@dataclass(frozen=True)
class Side:
    """One build: what is run for a sample, and where. `variants`: its links, one is drawn a sample."""

    command: tuple[str, ...]
    folder: Path | None = None
    variants: tuple[tuple[str, ...], ...] = ()

    def drawn(self, rng: random.Random) -> tuple[int, tuple[str, ...]]:
        """The number of a layout, and its command."""
        number = rng.randrange(len(self.variants)) if self.variants else 0
        return number, self.variants[number] if self.variants else self.command


@dataclass(frozen=True)
class Settings:
    """`prepare`: a command of the shell before each sample, untimed."""

    prepare: str | None = None
    deadline_s: float = 600.0
    seed: int = 1


@dataclass
class ProgramSource:
    """Implements sequence.Source."""

    adapter: Adapter
    sides: Mapping[str, Side]  # BASE and HEAD; control is base once more, where it is not there
    processes: Processes
    folder: Path  # gets samples.jsonl
    settings: Settings = Settings()
    progress: Callable[[str], None] = lambda _: None
    left_out: dict[str, str] = field(default_factory=dict)
    _values: dict[str, list[tuple[str, str, int, dict[str, float]]]] = field(default_factory=dict)
    _layouts: dict[tuple[str, str, str], dict[int, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )  # logarithms of times by run, case and side, and layout
    _covariates: list[Mapping[str, Any]] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)
    _seconds: float = 0.0
    _samples: int = 0
    _rounds: int = 0
    _output: tuple[str, str] | None = None  # the first digest, and the build that it is of
    _said_at: float = 0.0

    def discover(self) -> None:
        """Runs each side once, untimed: which cases they have in common. The others are left out by name."""
        found = {build: self._sample(build, None, "before the first round")[0] for build in (BASE, HEAD)}
        base, head = found[BASE], found[HEAD]
        for name in [*base.rows, *(name for name in head.rows if name not in base.rows)]:
            if name in base.rows and name in head.rows:
                self._names.append(name)
            elif name in base.rows and name in head.left_out:
                raise MeasurementFailed(f"{name} of build head failed: {head.left_out[name]}")
            else:
                here, there = (BASE, HEAD) if name in base.rows else (HEAD, BASE)
                reason = found[there].left_out.get(name, "is not there")
                self.left_out[name] = f"only {here} measures it; in {there}: {reason}"
        for name, reason in {**head.left_out, **base.left_out}.items():
            self.left_out.setdefault(name, reason)
        if not self._names:
            raise MeasurementFailed(f"base and head have no case in common: {_first(self.left_out)}")

    def restrict(self, names: Collection[str]) -> None:
        """To some of the cases that were discovered."""
        self._names = [name for name in self._names if name in names]

    def take(self, rounds: int, only: Sequence[str] | None, seconds: float) -> Mapping[str, Rounds]:
        self._take(_FIRST, range(self._rounds, rounds), self._names if only is None else only, seconds)
        self._rounds = rounds
        return self._paired(_FIRST, TIME)

    def take_again(self, rounds: int, only: Sequence[str], seconds: float) -> Mapping[str, Rounds]:
        self._take(_AGAIN, range(rounds), only, seconds)
        return self._paired(_AGAIN, TIME)

    def seconds_for(self, rounds: int, only: Sequence[str]) -> float:
        processes = rounds * len(pairs.BUILDS) * (len(only) if self.adapter.isolates else min(1, len(only)))
        return processes * self._seconds / max(1, self._samples)

    def take_memory(self, seconds: float) -> None:
        """What each case holds, in rounds of their own, whose times are not used: to watch disturbs. Nothing
        where one process is all the cases, since what it holds is no case's.
        """
        if self.adapter.isolates or len(self._names) == 1:
            rounds = range(MEMORY_ROUNDS)
            self._take(_WATCHED, rounds, self._names, seconds)

    def evidence(self, suite: str, notes: Sequence[str]) -> Evidence:
        metrics = {metric for *_, values in self._values.get(_FIRST, []) for metric in values} - {TIME}
        beside = {metric: self._paired(_FIRST, metric) for metric in sorted(metrics)}
        beside[HELD] = self._paired(_WATCHED, HELD)
        return Evidence(
            suite=suite,
            context=self.processes.context(),
            beside=beside,
            covariates=self._covariates,
            notes=notes,
        )

    def moved_by_layout(self) -> dict[str, float]:
        """By case: base's slowest layout over its fastest, less 1, in medians; empty where there is one."""
        found = {}
        for (run, name, side), layouts in self._layouts.items():
            if run == _FIRST and side == BASE and len(layouts) > 1:
                middles = [median(times) for times in layouts.values()]
                found[name] = math.expm1(max(middles) - min(middles))
        return found

    def by_layout(self) -> dict[str, tuple[layout_rule.Times, layout_rule.Times]]:
        """Logarithms of base's and head's times, of the second run where a case has one; empty where the
        layouts do not vary."""
        if not all(side.variants for side in self.sides.values()):
            return {}
        runs = {name: _AGAIN if (_AGAIN, name, BASE) in self._layouts else _FIRST for name in self._names}
        return {
            name: (self._layouts[run, name, BASE], self._layouts[run, name, HEAD])
            for name, run in runs.items() if (run, name, HEAD) in self._layouts
        }

    @property
    def compares_outputs(self) -> bool:
        return self._output is not None

    def _paired(self, run: str, metric: str) -> dict[str, Rounds]:
        found = self._values.get(run, [])
        return pairs.paired(
            (name, build, round_, values[metric]) for name, build, round_, values in found if metric in values
        )

    def _take(self, run: str, rounds: Iterable[int], only: Sequence[str], seconds: float) -> None:
        end = time.monotonic() + seconds
        for round_ in rounds:
            rng = random.Random(f"{self.settings.seed}/{run}/{round_}")
            units_of_work = [[name] for name in only] if self.adapter.isolates else [list(only)]
            for asked in rng.sample(units_of_work, len(units_of_work)):
                for build in rng.sample(pairs.BUILDS, len(pairs.BUILDS)):
                    if time.monotonic() >= end:
                        return
                    self._measure(run, round_, build, asked, rng)
            self._say(run, round_, len(only), end)

    def _measure(self, run: str, round_: int, build: str, asked: Sequence[str], rng: random.Random) -> None:
        start = time.monotonic()
        where = f"in round {round_ + 1}" + _OF_RUN[run]
        reading, layout = self._sample(build, asked, where, rng, memory=run == _WATCHED)
        self._seconds += time.monotonic() - start
        self._samples += 1
        lines = []
        for name in asked:
            if name not in reading.rows:
                reason = reading.left_out.get(name, "its time is not there any more")
                raise MeasurementFailed(f"{name} of build {build} failed {where}: {reason}")
            values = dict(reading.rows[name])
            self._values.setdefault(run, []).append((name, build, round_, values))
            side = HEAD if build == HEAD else BASE
            if run != _WATCHED:
                self._layouts[run, name, side][layout].append(math.log(values[TIME]))
            what = {"run": run, "round": round_, "build": build, "layout": layout, "name": name}
            lines.append({**what, **values})
        append_lines(self.folder / "samples.jsonl", [json.dumps(line) for line in lines])

    def _sample(
        self, build: str, asked: Sequence[str] | None, where: str, rng: random.Random | None = None, *,
        memory: bool = False,
    ) -> tuple[Reading, int]:
        """What one process said, and the number of its layout. Raises MeasurementFailed that names the build,
        its command and the round."""
        side = self.sides.get(build) or self.sides[BASE]
        rng = rng or random.Random(0)
        layout, command = side.drawn(rng)
        shift = {SHIFT: "x" * rng.randrange(_LARGEST_SHIFT)}
        self._prepare(side, where)
        make_folder(self.folder)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="sample-") as folder:
            scratch = Path(folder).absolute()
            words = self.adapter.words(command, asked, scratch)
            env = {**self.adapter.environment(), **shift}
            try:
                ended = self.processes.run(
                    words, folder=side.folder, env=env, deadline_s=self.settings.deadline_s, memory=memory
                )
                reading = self.adapter.read(ended, scratch)
                if memory:
                    reading = with_memory(reading, ended.pss_bytes)
            except SampleFailed as failed:
                raise MeasurementFailed(f"{shlex.join(command)} of build {build} {where}: {failed}") from None
        if asked is not None and not memory:
            self._covariates.append(ended.covariates)
        self._compare(reading, build)
        return reading, layout

    def _prepare(self, side: Side, where: str) -> None:
        if self.settings.prepare is None:
            return
        words = ["sh", "-c", self.settings.prepare]
        ended = self.processes.run(words, folder=side.folder, deadline_s=self.settings.deadline_s)
        if reason := ended.failure():
            raise MeasurementFailed(f"--prepare {where}: `{self.settings.prepare}` {reason}")

    def _compare(self, reading: Reading, build: str) -> None:
        if reading.output is None:
            return
        expected, of = self._output or (reading.output, build)
        self._output = (expected, of)
        if reading.output != expected:
            raise MeasurementFailed(
                f"outputs differ: digest {expected} of build {of}, {reading.output} of build {build}; builds "
                "with other outputs cannot be compared"
            )

    def _say(self, run: str, round_: int, cases: int, end: float) -> None:
        now = time.monotonic()
        if now - self._said_at < _PROGRESS_S:
            return
        self._said_at = now
        left = f", at most {units.time(1e9 * (end - now))} left" if end < float("inf") else ""
        doing = {_AGAIN: "confirming, ", _WATCHED: "memory, "}.get(run, "")
        self.progress(f"{doing}round {round_ + 1}, {units.count(cases, 'case')} open{left}")


def with_memory(reading: Reading, pss_bytes: float) -> Reading:
    """What all processes of the sample held, in each row; as it was where that was not seen."""
    if not pss_bytes:
        return reading
    return replace(reading, rows={name: {**row, HELD: pss_bytes} for name, row in reading.rows.items()})


def _first(reasons: Mapping[str, str]) -> str:
    return next((f"{name}: {reason}" for name, reason in reasons.items()), "neither has any")


def size_note(base: Side, head: Side) -> str:
    """A sentence on the size of the two programs, where both are files of their own; else empty."""
    sizes = [_size(side) for side in (base, head)]
    if sizes[0] is None or sizes[1] is None or base.command[0] == head.command[0]:
        return ""
    change = 100 * (sizes[1] / sizes[0] - 1)
    return f"The program has {units.size(sizes[1])}, {change:+.1f} % of base's."


def _size(side: Side) -> int | None:
    path = (side.folder or Path()) / side.command[0]
    return path.stat().st_size if path.is_file() and path.stat().st_size else None
