"""The cost model as a table: prices, and the error on shapes held out of the fit. Plain ASCII."""

from __future__ import annotations

from typing import Iterator, Sequence

import numpy as np

from ...show import units
from ...statistics.model import terms
from ...statistics.model.costs import CostModel, HeldOut


def render(model: CostModel) -> str:
    """Ends with a line feed."""
    return "".join(f"{units.ascii_text(line).rstrip()}\n" for line in _lines(model))


def _lines(model: CostModel) -> Iterator[str]:
    shapes = len({_shape(one) for one in model.held_out})
    yield f"{model.workload}, baseline {model.baseline}: {units.count(shapes, 'shape')}"
    yield ""
    yield "Error of the predicted speed-up on shapes held out of the fit, as a share of what was measured:"
    yield _row("backend", "cases", "median", "90 % within", "within 25 %")
    for backend in model.backends:
        yield _errors(backend.backend, backend.held_out)
    yield _errors("all", model.held_out)
    for backend in model.backends:
        yield ""
        yield f"{backend.backend}: price, 95 % interval"
        for number, term in enumerate(terms.PARALLEL):
            value, low, high = (float(array[number]) for array in (backend.prices, backend.low, backend.high))
            if value > 0:
                yield f"  {term.name:14} {value:10.4g} [{low:.3g}, {high:.3g}] {term.unit:9} {term.meaning}"


def _shape(one: HeldOut) -> tuple[object, ...]:
    case = one.case
    return case.tasks, case.cost, case.in_bytes, case.out_bytes, case.skew


def _errors(name: str, held_out: Sequence[HeldOut]) -> str:
    errors = np.abs([one.error for one in held_out])
    share = float(np.mean(errors <= 0.25))
    return _row(
        name, f"{len(errors)}", f"{np.median(errors):.1%}", f"{np.quantile(errors, 0.9):.1%}", f"{share:.1%}"
    )


def _row(name: str, *cells: str) -> str:
    return f"  {name[:30]:30}" + "".join(f"{cell:>13}" for cell in cells)
