"""claims.json: everything that the page says, for programs; claims.schema.json beside this defines it."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any, Sequence

from ...statistics import stats
from .costs import Costs
from .evidence import Evidence
from .model import Chart, Claim, DotChart, Finding, Measured, Verdict
from ...files.results import Case
from ...statistics.stats import Estimate, Evaluation

SCHEMA = "1.0.0"


def render(evaluation: Evaluation, claims: Sequence[Claim], costs: Sequence[Costs]) -> bytes:
    document = as_dict(evaluation, claims, costs)
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode("ascii")


def as_dict(evaluation: Evaluation, claims: Sequence[Claim], costs: Sequence[Costs]) -> dict[str, Any]:
    context = evaluation.results.context
    return {
        "schema": SCHEMA,
        "source": {
            "suite": context.suite,
            "date": context.date,
            "cpu": context.cpu,
            "cores": context.cores,
            "kernel": context.kernel,
            "rounds": context.rounds,
            "interrupted": context.interrupted,
            "version": context.version,
            "git_revision": context.git_revision,
            "build": Evidence(evaluation).build,
            "failures": len(evaluation.results.failures),
            "skipped": len(evaluation.results.skipped),
        },
        "confidence": stats.CONFIDENCE,
        "claims": [_claim(number, claim) for number, claim in enumerate(claims, 1)],
        "costs": [_costs(cost) for cost in costs],
    }


def _claim(number: int, claim: Claim) -> dict[str, Any]:
    return {
        "number": number,
        "name": claim.name,
        "title": claim.title,
        "gist": claim.gist,
        "experiment": claim.experiment,
        "rule": claim.rule,
        "verdict": _verdict(claim.verdict),
        "answer": claim.answer,
        "findings": [_finding(finding) for finding in claim.findings],
        "charts": [
            {"name": chart.name, "kind": _kind(chart), "caption": chart.caption} for chart in claim.charts
        ],
        "table": None if claim.table is None else asdict(claim.table),
        "notes": list(claim.notes),
    }


def _kind(chart: Chart) -> str:
    return "dots" if isinstance(chart, DotChart) else "lines"


def _verdict(verdict: Verdict) -> dict[str, str]:
    return {"word": verdict.word.value, "detail": verdict.detail}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "statement": finding.statement,
        "measure": finding.measure,
        "rule": finding.rule,
        "decides": finding.decides,
        "verdict": _verdict(finding.verdict),
        "figures": [_measured(figure) for figure in finding.figures],
    }


def _measured(figure: Measured) -> dict[str, Any]:
    return {
        "label": figure.label,
        **_estimate(figure.estimate),
        "unit": figure.unit.value,
        "of": [_case(case) for case in figure.of],
        "note": figure.note,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "rounds": estimate.count}


def _case(case: Case) -> dict[str, Any]:
    return {field.name: getattr(case, field.name) for field in fields(Case) if field.name != "other"}


def _costs(costs: Costs) -> dict[str, Any]:
    return {
        "what": costs.what,
        "how": costs.how,
        "reference": costs.reference,
        "rows": [
            {
                **_measured(row.cost),
                "over_reference": None if row.over_reference is None else _estimate(row.over_reference),
            }
            for row in costs.rows
        ],
    }
