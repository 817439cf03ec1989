"""Takes the check's rounds by `breakeven run`, with every build in one schedule."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Sequence

from ...files import results
from . import digests, pairs
from .pairs import BASE, CONTROL, Rounds
from ...files.errors import CommandError
from ...files.output import make_folder, write_atomically
from ...files.program import completed
from ...files.results import Failure, Results

_DONE = (0, 1)  # exit codes: all fine; some sample failed, and the results say which
_CANNOT_RUN = "error"  # the kind of failure by which a program says that it does not know a case
_WITHOUT_ROUNDS = {
    "budget": "the budget ended before it had a round",
    "": "no round has a sample of every build: the suite limits its rounds, or sets samples aside",
}
_OTHER_OUTPUTS = "builds with other outputs cannot be compared"


class MeasurementFailed(CommandError):
    """No verdict is possible: a sample failed, or nothing was measured."""


@dataclass(frozen=True)
class Build:
    name: str
    program: Path
    extra: float = 0.0  # real work added, as a fraction

    def argument(self) -> str:
        return f"{self.name}={self.program}" + (f",extra={self.extra:g}" if self.extra else "")


@dataclass
class Driver:
    """Implements sequence.Source. `program` runs the schedule; `folder` gets the runs, and must be new."""

    program: Path
    suite: str
    builds: Sequence[Build]
    folder: Path
    seed: int | None = None
    runs: list[Results] = field(default_factory=list)  # that of the looks, then the confirmation
    _seconds: float = 0.0

    def take(self, rounds: int, only: Sequence[str] | None, seconds: float) -> Mapping[str, Rounds]:
        place = self.folder / "run"
        if only is None:
            words = ["run", self.suite, "--out", str(place / "results.json"), *self._builds()]
            words += ["--counters", *(["--seed", str(self.seed)] if self.seed is not None else [])]
        else:
            words = ["run", "--resume", str(place), *self._builds(), *self._only(only)]
        return self._run(place, words, rounds, seconds)

    def take_again(self, rounds: int, only: Sequence[str], seconds: float) -> Mapping[str, Rounds]:
        place = self.folder / "confirmation"
        seed = ["--seed", str(self.first.context.seed + 1)]
        words = ["run", self.suite, "--out", str(place / "results.json"), *self._builds(), *self._only(only)]
        return self._run(place, [*words, *seed], rounds, seconds)

    def seconds_for(self, rounds: int, only: Sequence[str]) -> float:
        taken = sum(len(done.samples) for done in self.runs)
        return rounds * len(self.builds) * len(only) * self._seconds / max(1, taken)

    @property
    def first(self) -> Results:
        """The run of the looks, as it stands."""
        if not self.runs:
            raise MeasurementFailed("nothing was measured")
        return self.runs[0]

    @property
    def left_out(self) -> dict[str, str]:
        """The suite's cases that have no round of all builds, with the reason."""
        run = self.first
        found = {skip.name: f"skipped: {skip.reason}" for skip in run.skipped}
        for failure in run.failures:
            if failure.role == "case":
                found.setdefault(failure.name, f"{failure.build} cannot run it: {failure.reason}")
        known = {sample.name for sample in run.samples if sample.role != "case"} | pairs.times(run).keys()
        for end in run.context.ends:
            if end.name not in known:
                found.setdefault(end.name, _WITHOUT_ROUNDS.get(end.stop, _WITHOUT_ROUNDS[""]))
        return found

    def _builds(self) -> list[str]:
        return [word for build in self.builds for word in ("--build", build.argument())]

    def _only(self, names: Sequence[str]) -> list[str]:
        file = self.folder / "only.txt"
        write_atomically(file, "".join(f"{name}\n" for name in names).encode())
        return ["--only", str(file)]

    def _run(self, place: Path, words: Sequence[str], rounds: int, seconds: float) -> Mapping[str, Rounds]:
        make_folder(self.folder)
        words = [*words, "--rounds", str(rounds)]
        words += [] if "--resume" in words else ["--baseline-rounds", "1"]  # no ratio needs more
        if seconds != float("inf"):
            words += ["--budget", f"{max(seconds, 0.001):.3f}s"]
        start = time.monotonic()
        command = [str(self.program), *words]
        try:
            done = completed(command)
        except OSError as error:
            raise MeasurementFailed(f"{self.program}: cannot be started: {error.strerror}") from None
        self._seconds += time.monotonic() - start
        if done.returncode in (130, 143, -2, -15):
            raise KeyboardInterrupt
        file = place / "results.json"
        if done.returncode not in _DONE or not file.exists():
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise MeasurementFailed(f"{self.program.name} {' '.join(words[:2])}: {said[-1]}")
        now = results.load(file)
        self.runs = [*(old for old in self.runs if old.path != file), now]
        self._judge_failures(now)
        _check_outputs(now)
        data = pairs.times(now)
        if not data:
            reason = f": {next(iter(self.left_out.values()))}" if self.left_out else ""
            raise MeasurementFailed(f"nothing was measured that {_names(self.builds)} have in common{reason}")
        return data

    def _judge_failures(self, now: Results) -> None:
        """What base says that it cannot run is new, and left out; any other failed sample ends the check.

        Base fails too where head is at fault: its outputs are called wrong if head's baseline, with other
        outputs, was the first to be sampled.
        """
        good = Counter((sample.name, sample.build) for run in self.runs for sample in run.samples)
        for failure in now.failures:
            is_new = failure.build in (BASE, CONTROL) and failure.kind == _CANNOT_RUN
            if not is_new or good[failure.name, failure.build]:
                raise MeasurementFailed(_failed(failure))


def _failed(failure: Failure) -> str:
    advice = f"; {_OTHER_OUTPUTS}" if failure.kind == "wrong_digest" else ""
    return f"{failure.name} of build {failure.build} failed ({failure.kind}): {failure.reason}{advice}"


def _check_outputs(now: Results) -> None:
    """Where no baseline told what to expect, the harness has not compared them."""
    found = digests.different(sample for sample in now.samples if sample.ok)
    if found:
        expected, other = found
        raise MeasurementFailed(
            f"outputs differ: digest {expected.digest} of {expected.name} of build {expected.build}, "
            f"{other.digest} of {other.name} of build {other.build}; {_OTHER_OUTPUTS}"
        )


def _names(builds: Sequence[Build]) -> str:
    return ", ".join(build.name for build in builds)
