"""github-action-benchmark's files: what it stored (data.js), and what it takes (customSmallerIsBetter).

They hold seconds of different sessions, which are not comparable: no change is marked in them.
"""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Sequence

from .series import of
from .store import BadHistory, Line

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "sec": 1.0, "seconds": 1.0}
_PER_SECOND = ("ops/sec", "iter/sec", "op/s", "ops/s", "iterations/s")


def read(path: Path) -> tuple[list[Line], int]:
    """Its lines in the order of their dates, and how many values had no unit of time."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text[text.index("{"):].rstrip().rstrip(";"))
        suites = data["entries"]
        entries = [entry for suite in suites.values() for entry in suite]
        return _lines(entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadHistory(f"{path}: is no data.js of github-action-benchmark: {error}") from None


def _lines(entries: Sequence[dict[str, Any]]) -> tuple[list[Line], int]:
    found: dict[str, Line] = {}
    without_unit = 0
    for entry in sorted(entries, key=lambda one: float(one["date"])):
        commit, seconds = entry["commit"], {}
        for bench in entry["benches"]:
            value = in_seconds(bench["value"], str(bench.get("unit", "")))
            if value is None:
                without_unit += 1
            else:
                seconds[str(bench["name"])] = value
        name = str(commit["id"])
        known = found[name].seconds if name in found else {}
        date = datetime.fromtimestamp(float(entry["date"]) / 1000, timezone.utc).isoformat(timespec="seconds")
        subject = str(commit.get("message", "")).split("\n")[0]
        found[name] = Line(name, date, subject, {}, seconds={**known, **seconds})
    return [line for line in found.values() if line.seconds], without_unit


def in_seconds(value: Any, unit: str) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        return None
    if unit in _PER_SECOND:
        return 1 / value
    scale = _SECONDS.get(unit.split("/")[0])
    return None if scale is None else value * scale


def written(lines: Sequence[Line]) -> str:
    """The last line as customSmallerIsBetter: each case's time over the first anchor's."""
    if not lines or not lines[-1].anchors:
        raise BadHistory("there is no line with ratios to write; `breakeven history add` makes one")
    last, place = lines[-1], len(lines) - 1
    anchor = next(iter(next(line for line in lines if line.anchors).anchors))
    values = []
    for name, series in of(lines).items():
        if series.places and series.places[-1] == place:
            ratio = next(cases[name] for cases in last.anchors.values() if name in cases)
            value = float(f"{math.exp(series.logs[-1]):.5g}")
            entry = {"name": name, "unit": f"x of {anchor[:12]}", "value": value}
            if ratio.low is not None and ratio.high is not None:
                entry["range"] = f"{100 * (ratio.low / ratio.value - 1):+.1f} % to " \
                                 f"{100 * (ratio.high / ratio.value - 1):+.1f} %"
            values.append(entry)
    return json.dumps(values, indent=1) + "\n"
