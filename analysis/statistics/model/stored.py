"""A fitted model as plain data and back, so that who asks it need not fit it anew."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Mapping

import numpy as np

from . import terms
from .costs import BackendModel, CostModel, HeldOut
from ...files.results import CASE_FIELDS, Case

FORM = 2  # of the data, and of the terms that its prices belong to: another fit is another form


def data_of(model: CostModel) -> dict[str, Any]:
    """Numbers, texts and lists; times in ns, sizes in bytes."""
    cases: dict[Case, int] = {}
    for backend in model.backends:
        for case in backend.cases:
            cases.setdefault(case, len(cases))
    return {
        "terms": _names(),
        "baseline": model.baseline,
        "workload": model.workload,
        "cores": model.around.cores,
        "cache_bytes": model.around.cache_bytes,
        "loop_prices": model.loop_prices.tolist(),
        "case_fields": list(CASE_FIELDS),
        "cases": [[asdict(case)[name] for name in CASE_FIELDS] for case in cases],
        "backends": [
            {
                "backend": one.backend,
                "cases": [cases[case] for case in one.cases],
                "prices": one.prices.tolist(),
                "low": one.low.tolist(),
                "high": one.high.tolist(),
                "spread": one.spread,
                "predicted": [held.predicted for held in one.held_out],
                "measured": [held.measured for held in one.held_out],
            }
            for one in model.backends
        ],
    }


def of_data(data: Mapping[str, Any]) -> CostModel:
    """What data_of() gave. Raises ValueError, TypeError or LookupError where it is something else."""
    fields = [str(name) for name in data["case_fields"]]  # what a case has got since then has its default
    if data["terms"] != _names() or not set(fields) <= set(CASE_FIELDS):
        raise ValueError("its terms are others than this version's")
    cases = [Case(**dict(zip(fields, values, strict=True))) for values in data["cases"]]
    around = terms.Surroundings(int(data["cores"]), float(data["cache_bytes"]))
    backends = tuple(_backend(one, cases) for one in data["backends"])
    return CostModel(
        str(data["baseline"]), str(data["workload"]), around, np.array(data["loop_prices"], float), backends
    )


def _backend(data: Mapping[str, Any], every: list[Case]) -> BackendModel:
    cases = tuple(every[number] for number in data["cases"])
    prices, low, high = (np.array(data[name], float) for name in ("prices", "low", "high"))
    if any(array.shape != (len(terms.PARALLEL),) for array in (prices, low, high)):
        raise ValueError("it has not a price for each term")
    held = tuple(
        HeldOut(case, float(predicted), float(measured))
        for case, predicted, measured in zip(cases, data["predicted"], data["measured"], strict=True)
    )
    return BackendModel(str(data["backend"]), cases, prices, low, high, float(data["spread"]), held)


def _names() -> list[list[str]]:
    return [[term.name for term in each] for each in (terms.BASELINE, terms.PARALLEL)]
