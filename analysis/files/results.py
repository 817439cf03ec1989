"""Loads a results.json into typed, immutable records; every defect of the file is one BadResultFile."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Hashable, Mapping

from . import reading, schema
from .errors import BadResultFile


_TASK, _WAY = {"part": "task"}, {"part": "way"}  # what names and charts need to know of a field


@dataclass(frozen=True)
class Case:
    """One point of the grid. Times in ns, sizes in bytes; `other`: keys that this version does not know."""

    workload: str
    backend: str
    workers: int
    tasks: int
    in_bytes: int
    out_bytes: int
    cost: int
    skew: float = field(metadata=_TASK)
    dispatch: str = field(metadata=_WAY)
    chunk: int | str = field(metadata=_WAY)
    pool: str = field(metadata=_WAY)
    pin: str = field(metadata=_WAY)
    shared_bytes: int = field(default=0, metadata=_TASK)
    seed: int = 1
    cost_ns: float | None = None
    cost_label: str | None = None
    scaling: str = "strong"
    pages: str = field(default="equal", metadata=_TASK)
    nodes: int = field(default=1, metadata=_WAY)
    other: tuple[tuple[str, str], ...] = ()

    @property
    def way(self) -> tuple[Hashable, ...]:
        """How the backend is used, its workers aside."""
        return tuple(getattr(self, name) for name in WAY_FIELDS)


CASE_FIELDS = tuple(one.name for one in fields(Case) if one.name != "other")
# Nothing special where they are 0, or "equal".
TASK_FIELDS = tuple(one.name for one in fields(Case) if one.metadata == _TASK)
WAY_FIELDS = tuple(one.name for one in fields(Case) if one.metadata == _WAY)


@dataclass(frozen=True)
class Sample:
    """One case measured once by one fresh process; `real_time_ns`, `cpu_time_ns`: per run of the job."""

    name: str
    case: Case
    role: str
    round: int
    block: str
    build: str
    baseline: str
    half: int | None
    sequence: int
    started_s: float
    ok: bool
    digest: str
    batch: int
    iterations: int
    real_time_ns: float
    cpu_time_ns: float | None  # None where it could not be seen
    iteration_ns: tuple[float, ...]
    losses: int
    covariates: Mapping[str, Any]
    completion: Mapping[str, int] | None  # when results were there, ns after the run began; None: not watched
    facts: Mapping[str, Any]  # what the backend says of itself, such as the version of its runtime


@dataclass(frozen=True)
class Failure:
    name: str
    case: Case
    round: int
    block: str
    build: str
    kind: str
    reason: str
    role: str = "case"


@dataclass(frozen=True)
class Skip:
    name: str
    case: Case
    reason: str


@dataclass(frozen=True)
class Mode:
    """One of the two speeds of a bimodal case: cores `near` or `far`, its share of the samples."""

    build: str  # empty: of all builds
    mode: str
    share: float
    speedup: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class CaseEnd:
    """Why the measuring of a case stopped; `modes` of a bimodal one, else empty."""

    name: str
    stop: str
    modes: tuple[Mode, ...]


@dataclass(frozen=True)
class Context:
    """Where and how the file was measured; empty text where the writer could not tell."""

    date: str
    host_name: str
    cpu: str
    cores: int
    workers_default: int | None
    kernel: str
    version: str
    suite: str
    suite_digest: str  # of the expanded cases
    seed: int
    rounds: int  # taken: fewer than planned where a budget ended the run, or all was precise
    git_revision: str
    compiler: str
    builds: tuple[str, ...]
    interrupted: bool
    timed_fraction: float | None
    line_modes: Mapping[str, float] | None = None  # of cache lines' round trips; None: one mode
    command: tuple[str, ...] = ()
    machine: Mapping[str, Any] = field(default_factory=dict)  # as written, for the report
    ends: tuple[CaseEnd, ...] = ()
    link: str = ""  # what joins the hosts of a run on several, as their file calls it
    findings: tuple[Mapping[str, Any], ...] = ()  # of the doctor, as written: severity, what, effect, remedy

    @property
    def usable_cores(self) -> int:
        return self.workers_default or self.cores


@dataclass(frozen=True, eq=False)
class Results:
    path: Path
    context: Context
    samples: tuple[Sample, ...]
    failures: tuple[Failure, ...]
    skipped: tuple[Skip, ...]
    set_aside: tuple[str, ...] = ()  # the rule, with its value, for each sample that one left out


def load(path: Path) -> Results:
    """Reads and checks a result file. Raises BadResultFile with one line that starts with the path."""
    with reading.of(path):
        return checked(path, reading.parsed(path))


def checked(path: Path, data: Any) -> Results:
    """Of what the file holds, parsed. Raises BadResultFile without the path."""
    schema.check(data)
    _check_rows(data["benchmarks"])
    return typed(path, data)


def typed(path: Path, data: dict[str, Any]) -> Results:
    """The records of data that the schema allows."""
    cases = _Cases()
    return Results(
        path=path,
        context=_context(data["context"]),
        samples=tuple(_sample(row, cases) for row in data["benchmarks"]),
        failures=tuple(_failure(entry, cases) for entry in data["failures"]),
        skipped=tuple(Skip(e["name"], cases.typed(e["case"]), e["reason"]) for e in data["skipped"]),
        set_aside=tuple(str(row["breakeven"]["set_aside"]) for row in data.get("set_aside") or ()),
    )


def _check_rows(rows: list[dict[str, Any]]) -> None:
    """What a schema cannot say: no sample stands twice, and each row's time is the mean of its iterations."""
    seen: set[int] = set()
    for place, row in enumerate(rows):
        record = row["breakeven"]
        if record["sequence"] in seen:
            raise BadResultFile(f"benchmarks[{place}] repeats the sample of sequence {record['sequence']}")
        seen.add(record["sequence"])
        mean = sum(record["iteration_ns"]) / len(record["iteration_ns"])
        if not math.isclose(mean, row["real_time"], rel_tol=0.01, abs_tol=1e-6):
            raise BadResultFile(f"benchmarks[{place}].real_time is not the mean of its iteration_ns")


class _Cases:
    """Gives equal cases one shared object: a file of 100,000 rows holds a few hundred cases."""

    def __init__(self) -> None:
        self._seen: dict[str, Case] = {}

    def typed(self, raw: dict[str, Any]) -> Case:
        key = repr(raw)
        case = self._seen.get(key)
        if case is None:
            known = {name: raw[name] for name in CASE_FIELDS if name in raw}
            unknown = raw.keys() - known.keys()
            other = sorted((name, json.dumps(raw[name], sort_keys=True)) for name in unknown)
            case = Case(**known, other=tuple(other))
            self._seen[key] = case
        return case


def _sample(row: dict[str, Any], cases: _Cases) -> Sample:
    record = row["breakeven"]
    return Sample(
        name=row["name"],
        case=cases.typed(record["case"]),
        role=record["role"],
        round=record["round"],
        block=record["block"],
        build=record["build"],
        baseline=record["baseline"],
        half=record["half"],
        sequence=record["sequence"],
        started_s=record["started_s"],
        ok=record["ok"],
        digest=record["digest"],
        batch=record["batch"],
        iterations=row["iterations"],
        real_time_ns=row["real_time"],
        cpu_time_ns=row["cpu_time"] if record.get("cpu_time_known", True) else None,
        iteration_ns=tuple(record["iteration_ns"]),
        losses=len(record["losses"]),
        covariates=record["covariates"],
        completion=record.get("completion"),
        facts=record.get("facts", {}),
    )


def _failure(entry: dict[str, Any], cases: _Cases) -> Failure:
    keys = ("name", "round", "block", "build", "kind", "reason")
    role = entry.get("role", "case")
    return Failure(case=cases.typed(entry["case"]), role=role, **{key: entry[key] for key in keys})


def _context(raw: dict[str, Any]) -> Context:
    own = raw["breakeven"]
    machine = own["machine"]
    return Context(
        date=raw["date"],
        host_name=raw["host_name"],
        cpu=machine["cpu"] or "",
        cores=machine["cores"],
        workers_default=machine.get("workers_default"),
        kernel=machine.get("kernel") or "",
        version=own["version"],
        suite=own["suite"],
        suite_digest=own.get("suite_digest") or "",
        seed=own["seed"],
        rounds=own.get("rounds_taken") or own["rounds"],
        git_revision=own.get("git_revision") or "",
        compiler=own.get("compiler") or "",
        builds=tuple(build["name"] for build in own["builds"]),
        interrupted=own["interrupted"],
        timed_fraction=own.get("timed_fraction"),
        line_modes=own.get("line_modes"),
        command=tuple(own.get("command") or ()),
        machine=machine,
        ends=tuple(_end(entry) for entry in own.get("cases") or ()),
        link=str((own.get("hosts") or {}).get("link") or ""),
        findings=tuple(one for one in own.get("findings") or () if isinstance(one, dict)),
    )


def context_of_machine(raw: dict[str, Any]) -> Context:
    """Of what the measuring program says of itself and the machine, without a run."""
    own = raw["breakeven"]
    return Context(
        date=raw["date"], host_name=raw["host_name"], cpu=own["machine"]["cpu"] or "",
        cores=own["machine"]["cores"], workers_default=own["machine"].get("workers_default"),
        kernel=own["machine"].get("kernel") or "", version=own["version"], suite="", suite_digest="", seed=0,
        rounds=0, git_revision=own.get("git_revision") or "", compiler=own.get("compiler") or "", builds=(),
        interrupted=False, timed_fraction=None, machine=own["machine"],
    )


def _end(entry: dict[str, Any]) -> CaseEnd:
    """The schema allows no half of it; files from before there were modes have none."""
    modes = tuple(
        Mode(m.get("build", ""), m["mode"], m["share"], m["speedup"], m["low"], m["high"])
        for m in entry.get("modes") or ()
    )
    return CaseEnd(str(entry.get("name")), str(entry.get("stop")), modes)
