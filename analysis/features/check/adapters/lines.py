"""Adapter `lines`: whatever prints `{"name": …, "ns": …}` or `name value unit` lines on standard output.

Other lines are nobody's business. A name that is printed several times has the median of its times.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any, Mapping, Sequence

from .base import TIME, Options, Reading, refuse_failure, time_or_reason
from ....files.processes import Ended, SampleFailed
from ....files.errors import UsageError

_UNITS = {"ns": 1.0, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9}
_LINE = re.compile(r"\s*(\S.*?)\s+([-+]?(?:\d[\d.]*(?:[eE][-+]?\d+)?|nan|inf))\s*(\S+?)(?:/(?:op|iter))?\s*")
_EXPECTED = 'expected {"name": "sort", "ns": 1250} or `sort 1.25 us` on standard output'


class Lines:
    isolates = False

    def __init__(self, options: Options) -> None:
        if options.min_time_s is not None:
            raise UsageError("--min-time: the adapter `lines` cannot tell a program how long to measure")
        try:
            self._wanted = re.compile(options.benchmarks or "")
        except re.error as error:
            raise UsageError(f"--filter {options.benchmarks}: is not a regular expression: {error}") from None

    def words(self, command: Sequence[str], only: Sequence[str] | None, scratch: Path) -> list[str]:
        return list(command)

    def environment(self) -> Mapping[str, str]:
        return {}

    def read(self, ended: Ended, scratch: Path) -> Reading:
        refuse_failure(ended)
        if ended.out_is_cut:
            raise SampleFailed("prints more than 16 MiB; let it print its times alone")
        times: dict[str, list[float]] = defaultdict(list)
        left_out: dict[str, str] = {}
        for line in ended.out.decode("utf-8", "replace").splitlines():
            found = _of_json(line) if line.lstrip().startswith("{") else _of_words(line)
            if found is None or not self._wanted.search(found[0]):
                continue
            name, time = found
            if isinstance(time, str):
                left_out[name] = time
            else:
                times[name].append(time)
        rows = {name: {TIME: median(seen)} for name, seen in times.items() if name not in left_out}
        if not rows and not left_out:
            matching = "" if self._wanted.pattern == "" else f" that matches {self._wanted.pattern}"
            raise SampleFailed(f"prints no time{matching}: {_EXPECTED}")
        return Reading(rows, left_out)


def _of_json(line: str) -> tuple[str, float | str] | None:
    try:
        data: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return None
    for unit, scale in _UNITS.items():
        if unit in data:
            time = time_or_reason(data[unit])
            return data["name"], time if isinstance(time, str) else time * scale
    return None


def _of_words(line: str) -> tuple[str, float | str] | None:
    match = _LINE.fullmatch(line)
    if not match or match[3] not in _UNITS:
        return None
    try:
        value = float(match[2])
    except ValueError:  # 1.2.3
        return None
    time = time_or_reason(value)
    return match[1], time if isinstance(time, str) else time * _UNITS[match[3]]
