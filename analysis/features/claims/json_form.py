"""claims.json: everything that the page says, for programs; claims.schema.json beside this defines it."""

from __future__ import annotations

import json
from dataclasses import fields
from enum import Enum
from typing import Any, Sequence

from ...statistics import stats
from .costs import Costs, Row
from .evidence import Evidence
from .model import Claim, DotChart, Finding, Measured, SeriesChart, Table, Verdict
from ...files.results import Case
from ...statistics.stats import Estimate, Evaluation

SCHEMA = "1.0.0"
_SOURCE = "suite date cpu cores kernel rounds interrupted version git_revision"
_KEYS = {  # what is written of each record, in this order
    Claim: "name title gist experiment rule verdict answer findings charts table notes",
    Finding: "statement measure rule decides verdict figures",
    Verdict: "word detail",
    DotChart: "name kind caption",
    SeriesChart: "name kind caption",
    Table: "head rows note",
    Costs: "what how reference rows",
}


def render(evaluation: Evaluation, claims: Sequence[Claim], costs: Sequence[Costs]) -> bytes:
    document = as_dict(evaluation, claims, costs)
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode("ascii")


def as_dict(evaluation: Evaluation, claims: Sequence[Claim], costs: Sequence[Costs]) -> dict[str, Any]:
    results = evaluation.results
    return {
        "schema": SCHEMA,
        "source": {
            **_chosen(results.context, _SOURCE),
            "build": Evidence(evaluation).build,
            "failures": len(results.failures),
            "skipped": len(results.skipped),
        },
        "confidence": stats.CONFIDENCE,
        "claims": [{"number": number, **_plain(claim)} for number, claim in enumerate(claims, 1)],
        "costs": _plain(tuple(costs)),
    }


def _chosen(record: Any, keys: str) -> dict[str, Any]:
    return {key: _plain(getattr(record, key)) for key in keys.split()}


def _plain(value: Any) -> Any:
    """The value in the types that JSON has."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Case):
        return {field.name: getattr(value, field.name) for field in fields(Case) if field.name != "other"}
    if isinstance(value, Estimate):
        return {**_chosen(value, "value low high"), "rounds": value.count}
    if isinstance(value, Measured):
        return {"label": value.label, **_plain(value.estimate), **_chosen(value, "unit of note")}
    if isinstance(value, Row):
        return {**_plain(value.cost), **_chosen(value, "over_reference")}
    return _chosen(value, _KEYS[type(value)]) if type(value) in _KEYS else value
