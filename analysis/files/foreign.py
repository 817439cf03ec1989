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


@dataclass(frozen=True)
class ForeignFile:
    path: Path
    date: str
    host: str
    cores: int
    benchmarks: tuple[Benchmark, ...]


def load(path: Path) -> Results | ForeignFile:
    """A result file, or another program's; raises BadResultFile with one line that starts with the path."""
    with reading.of(path):
        data = reading.parsed(path)
        if schema.is_foreign(data):
            return _typed(path, data)
        schema.check(data)
        return results.typed(path, data)


def _typed(path: Path, data: dict[str, Any]) -> ForeignFile:
    """Rows that measured something, without aggregates; raises BadResultFile if there is none."""
    times: dict[str, list[float]] = {}
    for row in data["benchmarks"]:
        if isinstance(row, dict) and row.get("run_type", "iteration") == "iteration" and not _failed(row):
            name, time = _name(row), row.get("real_time")
            unit = _UNITS.get(row.get("time_unit", "ns"))
            if isinstance(time, (int, float)) and unit and 0 < time < math.inf:
                times.setdefault(name, []).append(time * unit)
    if not times:
        raise BadResultFile(
            "a Google Benchmark file without a measured row (only aggregates, or only errors)"
        )
    context = data["context"]
    return ForeignFile(
        path,
        str(context.get("date", "")),
        str(context.get("host_name", "")),
        context["num_cpus"] if isinstance(context.get("num_cpus"), int) else 0,
        tuple(_benchmark(name, tuple(found)) for name, found in times.items()),
    )


def _failed(row: dict[str, Any]) -> bool:
    return bool(row.get("error_occurred") or row.get("skipped"))


def _name(row: dict[str, Any]) -> str:
    return str(row.get("run_name") or row.get("name") or "unnamed")


def _benchmark(name: str, times: tuple[float, ...]) -> Benchmark:
    """`BM_sort/1024/real_time` has the argument 1024 and the family `BM_sort/…/real_time`."""
    found = list(re.finditer(r"/(\d{1,15})(?=/|$)", name))
    if not found:
        return Benchmark(name, name, None, times)
    last = found[-1]
    return Benchmark(name, f"{name[:last.start()]}/…{name[last.end():]}", float(last[1]), times)
