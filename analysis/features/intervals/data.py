"""What a self-test measured: the time of each case in each round of each build, in a small file of its own.

Times are whole nanoseconds and starts whole milliseconds, from the moment they are read: what a file holds is
what was judged while measuring, so that judging it again gives the same.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Mapping, Sequence

from ...files.errors import CommandError
from ...files.output import write_atomically
from ...files.results import Results, Sample
from . import plan
from ...statistics.stats import by_round

FORMAT = 1


class BadData(CommandError):
    """The file is not data of a self-test, or lacks rounds that the rule asks for."""


@dataclass(frozen=True)
class Subject:
    """A case of the suite, or the baseline of some; `baseline` is the name of the one it is compared with."""

    name: str
    kind: str  # empty for a baseline
    baseline: str

    @property
    def is_case(self) -> bool:
        return self.name != self.baseline


@dataclass(frozen=True)
class Series:
    """One subject in one run. By round: when its first sample began (ms), and each build's time (ns).

    None where a sample failed. `far`: the machine's mode in each round, where the run knew two (none in data
    of earlier programs).
    """

    starts_ms: tuple[int, ...]
    times_ns: Mapping[str, tuple[int | None, ...]]
    far: tuple[bool | None, ...] | None = None

    @property
    def rounds(self) -> int:
        return len(self.starts_ms)

    @property
    def starts_s(self) -> list[float]:
        return [start / 1000 for start in self.starts_ms]

    def logs(self, build: str) -> list[float | None]:
        return [math.log(time) if time else None for time in self.times_ns[build]]


@dataclass(frozen=True)
class Run:
    seed: int
    date: str
    wall_s: float
    series: Mapping[str, Series]


@dataclass(frozen=True)
class Data:
    provenance: Mapping[str, Any]
    subjects: tuple[Subject, ...]
    runs: tuple[Run, ...]
    reference: Run

    @property
    def cases(self) -> tuple[Subject, ...]:
        return tuple(subject for subject in self.subjects if subject.is_case)


def subjects_of(results: Results) -> tuple[Subject, ...]:
    """The cases and the baselines of a run, by name."""
    roles: dict[tuple[str, str], Any] = {}
    names: dict[tuple[str, str], str] = {}
    for sample in results.samples:
        roles.setdefault((sample.block, sample.name), sample)
        if sample.role == "baseline":
            names[sample.block, sample.case.backend] = sample.name
    return tuple(
        Subject(
            name,
            plan.kind_of(sample.case) if sample.role == "case" else "",
            names.get((block, sample.baseline), name),
        )
        for (block, name), sample in sorted(roles.items())
    )


def run_of(results: Results, builds: Sequence[str]) -> Run:
    """The run's times: of all `builds` for a case, of the first alone for a baseline (mean of its two)."""
    samples: dict[str, list[Sample]] = defaultdict(list)
    rounds: dict[str, int] = defaultdict(int)  # by name: how many it was due in, failed ones included
    for sample in results.samples:
        samples[sample.name].append(sample)
    places = [(s.name, s.round) for s in results.samples] + [(f.name, f.round) for f in results.failures]
    for name, number in places:
        rounds[name] = max(rounds[name], number + 1)
    baselines = {sample.name for sample in results.samples if sample.role == "baseline"}
    modes = results.context.line_modes
    threshold_ns = modes["threshold_ns"] if modes else None
    series = {
        name: _series(samples[name], rounds[name], builds[:1] if name in baselines else builds, threshold_ns)
        for name in sorted(rounds)
    }
    last = max((sample.started_s for sample in results.samples), default=0.0)
    return Run(seed=results.context.seed, date=results.context.date, wall_s=round(last, 1), series=series)


def _series(
    samples: Sequence[Sample], rounds: int, builds: Sequence[str], threshold_ns: float | None
) -> Series:
    first: dict[int, float] = {}
    for sample in samples:
        first[sample.round] = min(first.get(sample.round, math.inf), sample.started_s)
    starts: list[int] = []
    for number in range(rounds):  # a round in which all failed counts from the one before
        starts.append(round(1000 * first[number]) if number in first else starts[-1] if starts else 0)
    logs = {build: by_round(s for s in samples if s.ok and s.build == build) for build in builds}
    times = {
        build: tuple(round(math.exp(own[i])) if i in own else None for i in range(rounds))
        for build, own in logs.items()
    }
    if threshold_ns is None:
        return Series(tuple(starts), times)
    lines = _lines(samples, builds[-1])
    return Series(
        tuple(starts), times, tuple(lines[i] > threshold_ns if i in lines else None for i in range(rounds))
    )


def _lines(samples: Sequence[Sample], build: str) -> dict[int, float]:
    """By round: the geometric mean of the line's round trips around the samples of a build, ns."""
    logs: dict[int, list[float]] = defaultdict(list)
    for sample in samples:
        around = (sample.covariates.get(key) for key in ("line_before_ns", "line_after_ns"))
        if sample.build == build:
            logs[sample.round] += [math.log(line) for line in around if line]
    return {number: math.exp(fmean(own)) for number, own in logs.items() if own}


def write(path: Path, data: Data) -> None:
    """Writes the file; one whose name ends in .gz is compressed, byte by byte the same for the same data."""
    document = {
        "breakeven_self_test": "intervals",
        "format": FORMAT,
        "provenance": dict(data.provenance),
        "subjects": [{"name": s.name, "kind": s.kind, "baseline": s.baseline} for s in data.subjects],
        "runs": [_run_json(run) for run in data.runs],
        "reference": _run_json(data.reference),
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"
    write_atomically(path, gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def _run_json(run: Run) -> dict[str, Any]:
    series = {
        name: {"starts_ms": s.starts_ms, "times_ns": s.times_ns, **({"far": s.far} if s.far else {})}
        for name, s in run.series.items()
    }
    return {"seed": run.seed, "date": run.date, "wall_s": run.wall_s, "series": series}


def read(path: Path) -> Data:
    """Raises BadData, with one line that starts with the path."""
    try:
        raw = path.read_bytes()
        document = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        if document["breakeven_self_test"] != "intervals" or document["format"] != FORMAT:
            raise BadData(f"{path}: is data of another self-test or format; collect it anew")
        return Data(
            provenance=document["provenance"],
            subjects=tuple(Subject(**subject) for subject in document["subjects"]),
            runs=tuple(_run(entry) for entry in document["runs"]),
            reference=_run(document["reference"]),
        )
    except OSError as error:
        raise BadData(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise BadData(f"{path}: is not data of `breakeven self-test --intervals` ({error!r})") from None


def _run(entry: Mapping[str, Any]) -> Run:
    series = {
        name: Series(
            tuple(s["starts_ms"]), {build: tuple(times) for build, times in s["times_ns"].items()},
            tuple(s["far"]) if "far" in s else None,
        )
        for name, s in entry["series"].items()
    }
    return Run(seed=entry["seed"], date=entry["date"], wall_s=entry["wall_s"], series=series)
