"""One row of CSV per sample, flat, for spreadsheets and other tools."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from typing import Any, Iterable

from ...files.results import CASE_FIELDS, Results, Sample

_NOT_FLAT = ("name", "case", "iteration_ns", "covariates", "facts")
_SAMPLE_FIELDS = tuple(field.name for field in fields(Sample) if field.name not in _NOT_FLAT)


def render(results: Results) -> str:
    """CSV with a header; covariates as columns `covariates.NAME`; what is not known is empty, never 0."""
    covariates = _covariate_names(results.samples)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [*CASE_FIELDS, *_SAMPLE_FIELDS, *(f"covariates.{name}" for name in covariates)]
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
        *(getattr(sample.case, field) for field in CASE_FIELDS),
        *(getattr(sample, field) for field in _SAMPLE_FIELDS),
        *(_flat(sample.covariates.get(name)) for name in covariates),
    ]


def _flat(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value
