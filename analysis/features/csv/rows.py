"""One row of CSV per sample, flat, for spreadsheets and other tools."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from typing import Any, Iterable

from ...files.results import Case, Results, Sample

_SAMPLE_FIELDS = (
    "role", "round", "block", "build", "baseline", "half", "sequence", "started_s", "ok", "digest", "batch",
    "iterations", "real_time_ns", "cpu_time_ns", "bytes_moved", "losses",
)
_CASE_FIELDS = tuple(field.name for field in fields(Case) if field.name != "other")


def render(results: Results) -> str:
    """CSV with a header; covariates as columns `covariates.NAME`; what is not known is empty, never 0."""
    covariates = _covariate_names(results.samples)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [*_CASE_FIELDS, *_SAMPLE_FIELDS, *(f"covariates.{name}" for name in covariates)]
    writer.writerow(["suite", "name", *columns])
    writer.writerows(_row(results.context.suite, sample, covariates) for sample in results.samples)
    return text.getvalue()


def _covariate_names(samples: Iterable[Sample]) -> list[str]:
    """In the order in which they first appear."""
    return list(dict.fromkeys(name for sample in samples for name in sample.covariates))


def _row(suite: str, sample: Sample, covariates: Iterable[str]) -> list[Any]:
    return [
        suite,
        sample.name,
        *(getattr(sample.case, field) for field in _CASE_FIELDS),
        *(getattr(sample, field) for field in _SAMPLE_FIELDS),
        *(_flat(sample.covariates.get(name)) for name in covariates),
    ]


def _flat(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value
