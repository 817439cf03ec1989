"""check.json: everything that a check found, for programs; check.schema.json beside this defines it."""

from __future__ import annotations

import json
from typing import Any

from .metrics import Beside
from .report import CaseReport, Report
from ...statistics.stats import Estimate

SCHEMA = "1.1.0"


def render(report: Report) -> bytes:
    return (json.dumps(as_dict(report), indent=1, allow_nan=False) + "\n").encode("ascii")


def as_dict(report: Report) -> dict[str, Any]:
    context = report.context
    return {
        "schema": SCHEMA,
        "verdict": report.word.value,
        "exit_code": report.exit_code,
        "suite": report.suite,
        "base": report.base,
        "head": report.head,
        "plant": report.plant,
        "seconds": report.seconds,
        "note": report.note,
        "machine": {
            "cpu": context.cpu, "cores": context.cores, "kernel": context.kernel, "host": context.host_name,
            "date": context.date, "mood": dict(report.surroundings),
        },
        "cases": [_case(case) for case in report.cases],
        "left_out": [{"name": name, "reason": reason} for name, reason in report.left_out.items()],
    }


def _case(case: CaseReport) -> dict[str, Any]:
    return {
        "name": case.name,
        "label": case.label,
        "verdict": case.word.value,
        "why": case.why,
        "base_ns": case.base_ns,
        "change": _estimate(case.change),
        "control": _estimate(case.control),
        "rounds": case.rounds,
        "confirmation": _estimate(case.confirmation),
        "instructions": _beside(case.beside.get("instructions")),
        "metrics": {metric: _beside(found) for metric, found in case.beside.items()},
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    """A ratio of times with its 95 % interval; null bounds where there are too few rounds."""
    if estimate is None:
        return None
    return {"ratio": estimate.value, "low": estimate.low, "high": estimate.high, "rounds": estimate.count}


def _beside(found: Beside | None) -> dict[str, Any] | None:
    return None if found is None else {"verdict": found.word, **(_estimate(found.change) or {})}
