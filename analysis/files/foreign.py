"""Google Benchmark's own JSON, of any program: names and times without baselines, for the charts of times."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import reading, results, schema
from .errors import BadResultFile
from .results import Results

_UNITS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


@dataclass(frozen=True)
class Benchmark:
    """All repetitions of one name; times of an iteration in ns. `argument`: the last number of the name."""

    name: str
    family: str  # the name without that number
    argument: float | None
    times_ns: tuple[float, ...]
    cpu_ns: tuple[float, ...] = ()  # CPU times, of the rows that have one


@dataclass(frozen=True)
class ForeignFile:
    path: Path
    date: str
    host: str
    cores: int
    benchmarks: tuple[Benchmark, ...]
    left_out: tuple[tuple[str, str], ...] = ()  # name and reason of each row that has no time to show

    def not_shown(self) -> str:
        """How many rows those are, the first few with their reasons."""
        shown = "; ".join(f"{name}: {reason}" for name, reason in self.left_out[:3])
        more = len(self.left_out) - 3
        rows = "1 row" if len(self.left_out) == 1 else f"{len(self.left_out)} rows"
        return f"{rows} not shown: {shown}" + (f"; and {more} more" if more > 0 else "")


def load(path: Path) -> Results | ForeignFile:
    """A result file, or another program's; raises BadResultFile with one line that starts with the path."""
    with reading.of(path):
        constants: list[str] = []
        data = reading.parsed(path, constants)
        if schema.is_foreign(data):
            return _typed(path, data)
        if constants:
            raise reading.not_json(constants[0])
        schema.check(data)
        return results.typed(path, data)


def _typed(path: Path, data: dict[str, Any]) -> ForeignFile:
    """Rows that measured something; of aggregates the medians (else the means) where there is nothing else.

    Raises BadResultFile if nothing is left.
    """
    rows = [row for row in data["benchmarks"] if isinstance(row, dict)]
    names = {_name(row) for row in rows}
    single = [row for row in rows if _aggregate(row, names) is None]
    kinds = ("median", "mean")
    summed = [[row for row in rows if _aggregate(row, names) == kind] for kind in kinds]
    times: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    left_out: list[tuple[str, str]] = []
    for row in single or next((found for found in summed if found), []):
        reason = _why_not(row)
        if reason:
            left_out.append((_name(row), reason))
        else:
            name = _name(row) if single else _stem(_name(row))
            unit = _UNITS[row.get("time_unit", "ns")]
            times.setdefault(name, []).append(row["real_time"] * unit)
            if isinstance(row.get("cpu_time"), (int, float)):
                cpu.setdefault(name, []).append(row["cpu_time"] * unit)
    if not times:
        reasons = [f"{name}: {reason}" for name, reason in left_out[:1]]
        why = "; ".join(reasons) or "only aggregates other than medians"
        raise BadResultFile(f"a Google Benchmark file without a measured row ({why})")
    context = data["context"]
    return ForeignFile(
        path,
        str(context.get("date", "")),
        str(context.get("host_name", "")),
        context["num_cpus"] if isinstance(context.get("num_cpus"), int) else 0,
        tuple(_benchmark(name, tuple(found), tuple(cpu.get(name, ()))) for name, found in times.items()),
        tuple(left_out),
    )


_SUFFIXES = ("mean", "median", "stddev", "cv", "BigO", "RMS")


def _aggregate(row: dict[str, Any], names: set[str]) -> str | None:
    """Which aggregate a row is, None for a measured one.

    Files from before 2018 have no `run_type`: there a name tells, where the name without its ending stands in
    the file too, or other endings of it do.
    """
    if "run_type" in row:
        kind = str(row.get("aggregate_name") or str(row.get("name")).rpartition("_")[2])
        return kind if row["run_type"] == "aggregate" else None
    stem, _, ending = _name(row).rpartition("_")
    beside = {stem, *(f"{stem}_{suffix}" for suffix in _SUFFIXES if suffix != ending)}
    return ending if ending in _SUFFIXES and beside & names else None


def _stem(name: str) -> str:
    return next((name[: -len(s) - 1] for s in ("median", "mean") if name.endswith(f"_{s}")), name)


def _why_not(row: dict[str, Any]) -> str | None:
    if row.get("error_occurred") or row.get("skipped"):
        return str(row.get("error_message") or row.get("skip_message") or "failed")
    time, unit = row.get("real_time"), row.get("time_unit", "ns")
    if unit not in _UNITS:
        return f"unknown time unit {unit!r}"
    if not isinstance(time, (int, float)) or not 0 < time < math.inf:
        return f"real_time is {time!r}"
    return None


def _name(row: dict[str, Any]) -> str:
    return str(row.get("run_name") or row.get("name") or "unnamed")


_SETTINGS = ("iterations", "repeats", "min_time", "min_warmup_time")


def _benchmark(name: str, times: tuple[float, ...], cpu: tuple[float, ...]) -> Benchmark:
    """`BM_sort/1024/real_time` has the argument 1024 and the family `BM_sort/…/real_time`; a named part is an
    axis too (`threads:4`), but for those that say how it was measured."""
    parts = re.finditer(r"/(?:([A-Za-z_]\w*):)?(\d{1,15})(?=/|$)", name)
    found = [part for part in parts if part[1] not in _SETTINGS]
    if not found:
        return Benchmark(name, name, None, times, cpu)
    last = found[-1]
    label = f"{last[1]}:…" if last[1] else "…"
    return Benchmark(name, f"{name[:last.start()]}/{label}{name[last.end():]}", float(last[2]), times, cpu)
